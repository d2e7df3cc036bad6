import type { Flow, FlowFailure } from './flow.js';
import type { Json } from './json.js';

/** Runs flows and remembers how far they are. */
export interface FleetRunner extends AsyncDisposable {
  /**
   * Begins a run. If there is one of this id already, gives that one: so the same call begins a run and
   * goes on with it after the process has died.
   *
   * @throws {TalosFlowError} when the id belongs to a run of another flow, version or input
   */
  start<I extends Json, O extends Json>(
    flow: Flow<I, O>,
    input: I,
    options: StartOptions,
  ): Promise<FleetRun<O>>;

  /** Takes up all runs that a process left behind, and gives them. */
  resume(): Promise<readonly FleetRun<Json>[]>;

  /** A run of this id, also one that has ended; nothing if there is none. */
  get(id: string): Promise<FleetRun<Json> | undefined>;

  /** All runs, also those that have ended. */
  list(): Promise<readonly RunStatus[]>;

  /**
   * Stops working: steps under way are broken off, and begin again when the runs are taken up. Nothing
   * of a run is lost.
   */
  close(): Promise<void>;
}

/** How a run is begun. */
export interface StartOptions {
  /** A name for the run, such as `talos-1.14.1`: letters, digits, `.`, `_` and `-`. */
  readonly id: string;
}

/** A run of a flow. */
export interface FleetRun<O extends Json> {
  readonly id: string;
  status(): Promise<RunStatus>;
  /**
   * Waits until the run has ended.
   *
   * @throws {TalosFlowError} when it failed or was cancelled, and when the runner is closed before
   */
  result(options?: { readonly signal?: AbortSignal }): Promise<O>;
  /** How far everything is: a row for each node that was begun, and for each cluster. */
  rows(): Promise<readonly ProgressRow[]>;
  /** All rows as they are, then each row that changes. Ends with the run. */
  progress(options?: { readonly signal?: AbortSignal }): AsyncIterable<ProgressRow>;
  /** Holds the run at the next points where it may be held. */
  pause(): Promise<void>;
  /** Lets a paused run go on. */
  continue(): Promise<void>;
  /** Ends the run at the next points where it may be held. What was begun on a node is finished. */
  cancel(): Promise<void>;
  /** Sends a value to whoever waits for this name, in the run or one of its children. */
  send(name: string, value: Json): Promise<void>;
}

/** How a run is. */
export interface RunStatus {
  readonly id: string;
  readonly flow: string;
  readonly version: string;
  /**
   * `left`: the process that ran it is gone, and nobody has taken it up. `paused` and `cancelling` say
   * what was asked for; parts of the run may still come to their end.
   */
  readonly state: 'running' | 'paused' | 'cancelling' | 'left' | 'done' | 'failed' | 'cancelled';
  /** When it was begun, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** What it waits for from outside, such as an approval. */
  readonly waitsFor: readonly string[];
  /** Why it failed; of a run that is left, why it was stopped or cannot be taken up, if that is known. */
  readonly error: FlowFailure | undefined;
}

/** How far a node or a cluster is. */
export interface ProgressRow {
  readonly run: string;
  /** The id of the flow, as in `FlowContext`. */
  readonly flow: string;
  readonly cluster: string | undefined;
  /** The address of the node; absent in a row about the cluster, or about the run. */
  readonly node: string | undefined;
  /** The step that is under way, or the last one. */
  readonly step: string;
  readonly state: 'running' | 'waiting' | 'done' | 'failed';
  /** When the step began, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** 1 for the first attempt at the step. */
  readonly attempt: number;
  readonly lastError: string | undefined;
}
