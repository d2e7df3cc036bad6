import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';
import type { ProgressRow } from '../runner.js';

/** How a step or a flow ended, as it is remembered. */
export type Ended =
  | { readonly state: 'done'; readonly output: Json | undefined }
  | { readonly state: 'failed'; readonly error: FlowFailure };

/** What is known of the attempts at a step when one more begins. */
export interface Begun {
  /** 1 for the first. */
  readonly attempt: number;
  /** Whether the one before began, and neither `failed` nor an end is remembered of it. */
  readonly isUnknown: boolean;
  readonly detail: Json | undefined;
}

/** What a run is begun with. */
export interface RunStart {
  readonly id: string;
  readonly flow: string;
  readonly version: string;
  readonly input: Json;
}

/** A flow that another one starts. Its whole id is that of its parent, `/`, and its own. */
export interface ChildStart extends RunStart {
  readonly cluster: string | undefined;
}

/** What a flow is to work on alone. */
export interface Hold {
  readonly what: string;
  /** Is told of the flow that holds it, each time that this is seen. */
  readonly heldBy: (flow: string) => void;
}

/** How far a flow is, for a row of progress: what says whose row it is comes from its memory. */
export type ToldRow = Omit<ProgressRow, 'run' | 'flow' | 'cluster'>;

/**
 * What an engine gives to one flow that it runs: memory of steps, children, and word from outside.
 * Everything else that flows can do is made of it, in `context.ts`.
 */
export interface FlowMemory {
  readonly id: string;
  readonly cluster: string | undefined;
  /** Ends when the worker stops. What it ends is not remembered as failed. */
  readonly signal: AbortSignal;

  /**
   * Gives how the step of this name ended, if that is remembered; else runs `body` and remembers what it
   * gives. `body` only rejects when the worker stops or was overtaken, and then nothing is remembered.
   * The place of the name among the others is taken before anything is waited for. Whatever it throws
   * ends the flow, and is not remembered as its end.
   *
   * @throws {TalosFlowError} when the name does not come at the place where it came before
   */
  remember(name: string, body: () => Promise<Ended>): Promise<Ended>;

  /** Remembers that an attempt begins, before it does anything. Called inside of `body`. */
  begin(name: string): Promise<Begun>;

  /** Remembers that the attempt failed, and another one is to follow. */
  failed(name: string, error: FlowFailure): Promise<void>;

  heartbeat(name: string, detail: Json): Promise<void>;

  /** @throws {TalosFlowError} with the reason `overtaken` */
  confirm(): Promise<void>;

  /** Starts flows that are not started yet. Called inside of `body`. */
  startChildren(children: readonly ChildStart[]): Promise<void>;

  /** Waits until at least one of these flows has ended, and gives all of them that have. */
  untilEnded(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Ended>>;

  /**
   * Waits while the run is paused, unless it is cancelled. With `hold`, also waits while another flow
   * holds that, and then holds it until this flow has ended.
   */
  untilMayGoOn(signal: AbortSignal, hold?: Hold): Promise<'go on' | 'cancelled'>;

  /** Waits until a value was sent to the run under this name. */
  untilSent(name: string, signal: AbortSignal): Promise<Json>;

  /** Tells how far the flow is. Nothing is lost if it is lost. */
  tell(row: ToldRow): void;
}
