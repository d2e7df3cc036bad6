import type { Json } from './json.js';

/**
 * A job of many steps that survives the death of the process. `run` is called again from its beginning
 * after each death: steps that ended give what they gave, and the others run. So `run` must take
 * everything that may differ (time, chance, lists of nodes) from its input or from steps, and must do
 * the same steps in the same order.
 *
 * Input, output and what steps give is remembered as JSON on a disk or in a database: name what is
 * secret, such as a context of a talosconfig, and read it inside a step.
 */
export interface Flow<Input extends Json = Json, Output extends Json = Json> {
  /** Such as `upgradeFleet`. Runs are taken up by this name. */
  readonly name: string;
  /**
   * Another text for each release of the flow whose steps do not fit what older ones remember. A runner
   * refuses to take up runs of other versions.
   */
  readonly version: string;
  /** The flows that it runs as children: a runner that knows this flow knows them, and theirs. */
  readonly children?: readonly Flow<never, Json>[] | undefined;
  run(context: FlowContext, input: Input): Promise<Output>;
}

/**
 * What a flow does its work with. Each name may be used once in a flow: up to 200 characters without
 * `#`. What a flow does at the same time, such as steps in `Promise.all`, must begin in the same order
 * each time; whatever goes on side by side for longer is a child. A flow ends when all that it began has
 * ended.
 */
export interface FlowContext {
  /** The id of the run; in a child, that of its parent, `/`, and its own. */
  readonly id: string;

  /**
   * Runs `run` once, and remembers what it gave or failed with. No machine can promise that nothing
   * runs twice: when a process dies in between, the step begins again, with `previous: 'unknown'`. A
   * step that acts therefore looks first whether that is done already.
   *
   * @throws {TalosFlowError} when it failed, after its retries
   */
  step<T extends Json>(
    name: string,
    run: (attempt: StepAttempt) => Promise<T>,
    options?: StepOptions<T>,
  ): Promise<T>;

  /** Waits `ms` milliseconds, counted from when it was first called. */
  sleep(name: string, ms: number): Promise<void>;

  /**
   * Waits for somebody to `send` a value under this name, such as an approval.
   *
   * @returns what was sent; `undefined` when nothing came within `timeoutMs`
   */
  waitFor(name: string, options?: { readonly timeoutMs?: number }): Promise<Json | undefined>;

  /**
   * A point where a run may be held: waits while it is paused, and fails once it is cancelled. Between
   * such points nothing is broken off: what a flow has begun, it brings to an end.
   *
   * `holding` names something that one flow at a time works on, in all runs of a journal or a database.
   * Then this also waits while another flow holds it, and holds it until this flow has ended. What a flow
   * holds, those that it runs as children hold with it. `upgradeFleet` and `rollOutConfiguration` hold `cluster prod` while they work on `prod`.
   *
   * @throws {TalosFlowError} with the reason `cancelled`
   */
  mayGoOn(name: string, options?: MayGoOnOptions): Promise<void>;

  /**
   * Runs a flow for each of `list`, in the order of the list and `limit` at a time. Once more than
   * `maxFailures` have failed, no others begin; those that run come to their end. A cancelled run begins
   * no others either.
   *
   * @returns what became of each, in the order of the list
   */
  children<I extends Json, O extends Json>(
    name: string,
    flow: Flow<I, O>,
    list: readonly Child<I>[],
    options?: ChildrenOptions,
  ): Promise<readonly ChildOutcome<O>[]>;
}

/** What is waited for at a point where a run may be held. */
export interface MayGoOnOptions {
  /** What this flow is to work on alone, such as `cluster prod`: up to 400 characters. */
  readonly holding?: string | undefined;
}

/** A flow that is run by another. */
export interface Child<I extends Json> {
  /** Tells it from the other children of the parent: a name without `/`. */
  readonly id: string;
  readonly input: I;
  /** The cluster that it is about, in rows of progress. Default: that of the parent. */
  readonly cluster?: string | undefined;
}

/** How many children run, and how many may fail. */
export interface ChildrenOptions {
  /** How many at a time. Default: 1. */
  readonly limit?: number | undefined;
  /** How many may fail before no others begin. Default: 0. */
  readonly maxFailures?: number | undefined;
}

/** What became of a child. */
export type ChildOutcome<O extends Json> =
  | { readonly id: string; readonly state: 'done'; readonly output: O }
  | { readonly id: string; readonly state: 'failed'; readonly error: FlowFailure }
  | { readonly id: string; readonly state: 'not begun' };

/** Why a step or a flow failed, as it is remembered. */
export interface FlowFailure {
  readonly message: string;
  /** The code of the error, where it was one of this library, such as `rpc` or `operation`. */
  readonly code?: string | undefined;
  /** The reason of a `TalosFlowError` that is not `failed`, such as `cancelled`. */
  readonly reason?: string | undefined;
  readonly step?: string | undefined;
  readonly node?: string | undefined;
  /** What is known of what it acted on: `unchanged`, `changed` or `unknown`. */
  readonly outcome?: string | undefined;
  readonly hint?: string | undefined;
}

/** One attempt at a step. */
export interface StepAttempt {
  /** 1 for the first, also across deaths of the process. */
  readonly attempt: number;
  /**
   * Whether an attempt before began and nobody knows how it ended: its process died, its time was
   * over, or its error has the outcome `unknown`. It stays so until the step has ended.
   */
  readonly previous: 'none' | 'unknown';
  /** What `heartbeat` remembered last, in this attempt or one before. */
  readonly detail: Json | undefined;
  /** Ends when the time of the step is over, and when the runner is closed. */
  readonly signal: AbortSignal;
  /**
   * To be called right before something is done that must not be done twice.
   *
   * @throws {TalosFlowError} with the reason `overtaken`, when another worker has taken the flow up,
   * because this one was silent for too long; and whatever ended the attempt, if it is over
   */
  confirm(): Promise<void>;
  /** Remembers how far the attempt is, for those that come after it. */
  heartbeat(detail: Json): Promise<void>;
}

/** How a step is run. */
export interface StepOptions<T extends Json> {
  /** The address of the node that it is about, in rows of progress. */
  readonly node?: string | undefined;
  /** How many more attempts follow one that failed; counted anew after a death. Default: 0. */
  readonly retries?: number | undefined;
  /** Milliseconds before the second attempt; doubled for each, up to 60000. Default: 1000. */
  readonly backoffMs?: number | undefined;
  /** Milliseconds that one attempt may take. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /**
   * Asked when an attempt began and nobody knows how it ended. What it gives is what the step gives;
   * after `undefined` the step runs again.
   */
  readonly verify?: ((attempt: StepAttempt) => Promise<T | undefined>) | undefined;
  /** What is done where `verify` is absent or does not know. Default: `repeat`. */
  readonly onUnknown?: 'repeat' | 'fail' | undefined;
}
