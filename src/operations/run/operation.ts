import type { ReconnectParts } from '../../reconnect/retries.js';
import { sleep } from '../../reconnect/sleep.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import type { Clock } from '../../runtime/calls/clock.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import {
  type OperationOutcome,
  TalosOperationError,
} from '../../runtime/errors/operation-error.js';
import type { OperationProgress } from './progress.js';

/** How a failure is told; what is left out is that of the operation as it stands. */
export interface FailureOptions {
  readonly outcome?: OperationOutcome | undefined;
  readonly node?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** What is known of something that is waited for. */
interface Waiting {
  readonly reason: unknown;
  readonly node: string | undefined;
}

type Told<Step extends string, One = OperationProgress<Step>> = One extends { readonly step: Step }
  ? Omit<One, 'step' | 'node'> & { readonly node?: string | undefined }
  : never;

/**
 * An operation that runs: at which step it is, what is known of what it changed, and until when it
 * may take.
 */
export class Operation<Step extends string> {
  /** The function that was called. */
  readonly name: string;
  /** The address of the node that it is about; absent where it is about the cluster. */
  readonly node: string | undefined;
  readonly parts: ReconnectParts;
  readonly #onProgress: ((progress: OperationProgress<Step>) => void) | undefined;
  #signal: AbortSignal;
  #step: Step | undefined;
  #outcome: OperationOutcome = 'unchanged';
  /** What is waited for, why it is not there yet, and on which node. */
  #waiting = new Map<string, Waiting>();
  #lastPhase: { readonly name: string; readonly since: number } | undefined;

  /** With operations over many nodes: those that are done, and those that were not begun. */
  #reached: { readonly done: readonly string[]; readonly left: readonly string[] } | undefined;

  constructor(
    name: string,
    node: string | undefined,
    signal: AbortSignal,
    parts: ReconnectParts,
    onProgress: ((progress: OperationProgress<Step>) => void) | undefined,
  ) {
    this.name = name;
    this.node = node;
    this.#signal = signal;
    this.parts = parts;
    this.#onProgress = onProgress;
  }

  /**
   * Ends with the caller's signal, with the target's, and when the time is over; during `under`, with
   * the signal that was given there.
   */
  get signal(): AbortSignal {
    return this.#signal;
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  /** What is known of what the operation changed. */
  get outcome(): OperationOutcome {
    return this.#outcome;
  }

  /** Begins a step. */
  begin(step: Step, node = this.node): void {
    this.signal.throwIfAborted();
    this.#step = step;
    this.#waiting = new Map();
    this.#tell({ type: 'step', step, node });
  }

  /** Says that something of a node or of the cluster is about to be changed. */
  changes(): void {
    if (this.#outcome === 'unchanged') this.#outcome = 'changed';
  }

  /** Says whether what was sent last is known to have run. */
  knows(outcome: OperationOutcome): void {
    this.#outcome = outcome;
  }

  /** Says which nodes are done and which were not begun; failures tell it from then on. */
  reaches(done: readonly string[], left: readonly string[]): void {
    this.#reached = { done: [...done], left: [...left] };
  }

  /** Tells what is waited for, when that or its reason is new. */
  waits(what: string, reason?: unknown, node = this.node): void {
    const before = this.#waiting.get(what);
    const isKnown = before !== undefined && textOf(before.reason) === textOf(reason);
    this.#waiting.set(what, { reason, node });
    if (!isKnown) this.tell({ type: 'waiting', what, reason, node });
  }

  /** Says that something is looked for, which is told only if it is not there. */
  looksFor(what: string): void {
    if (!this.#waiting.has(what)) this.#waiting.set(what, { reason: undefined, node: this.node });
  }

  /** Says that it is there. */
  found(what: string): void {
    this.#waiting.delete(what);
  }

  /** Tells how far the step is. */
  tell(progress: Told<Step>): void {
    const { step } = this;
    if (progress.type === 'phase') {
      const { sequence, phase, task } = progress;
      const name = [sequence, phase, task].filter((part) => part !== undefined).join(', ');
      this.#lastPhase = name === '' ? undefined : { name, since: this.clock.now() };
    }
    this.#tell({ node: this.node, ...progress, step } as OperationProgress<Step>);
  }

  /** Waits `ms` milliseconds, or rejects when the operation ends. */
  sleep(ms: number): Promise<void> {
    return sleep(this.clock, ms, this.signal);
  }

  /** Runs a part of the operation under another signal, which everything in it then waits with. */
  async under<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const outer = this.#signal;
    this.#signal = signal;
    try {
      return await run();
    } finally {
      this.#signal = outer;
    }
  }

  /**
   * Runs what is to be done after a failure, under a signal of its own. The failure is then still told
   * as one of the step where it came about.
   */
  async afterFailure<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const [step, waiting] = [this.#step, this.#waiting];
    try {
      return await this.under(signal, run);
    } finally {
      this.#step = step;
      this.#waiting = waiting;
    }
  }

  /**
   * Runs a part of the operation that may take `ms` milliseconds.
   *
   * @throws {TalosOperationError} when they are over, saying what was waited for
   */
  async within<T>(ms: number, run: () => Promise<T>): Promise<T> {
    const outer = this.#signal;
    outer.throwIfAborted();
    const ending = new AbortController();
    const tooLate = new Error(`took longer than ${ms} ms`);
    const timer = this.clock.start(ms, () => ending.abort(tooLate), undefined);
    const stopListening = onAbort(outer, (reason) => ending.abort(reason));
    try {
      return await this.under(ending.signal, run);
    } catch (error) {
      if (ending.signal.reason === tooLate && !outer.aborted) throw this.timedOut(ms);
      throw error;
    } finally {
      stopListening();
      this.clock.stop(timer);
    }
  }

  /** The error of an operation that fails at the step where it is. */
  failure(reason: string, options: FailureOptions = {}): TalosOperationError {
    const { cause, outcome = this.#outcome, node = this.node, hint } = options;
    return new TalosOperationError(
      reason,
      { operation: this.name, step: this.step, outcome, node, hint, ...this.#reached },
      cause === undefined ? undefined : { cause },
    );
  }

  /** Where the node said that it was last, and for how long it has been there. */
  get lastPhase(): string | undefined {
    if (this.#lastPhase === undefined) return undefined;
    const { name, since } = this.#lastPhase;
    return `${name}, for ${Math.round((this.clock.now() - since) / 1000)} s`;
  }

  /** The error of an operation that took longer than it may. */
  timedOut(timeoutMs: number): TalosOperationError {
    const waits = [...this.#waiting].map(([what, { reason }]) => {
      return `, waiting for ${what}${reason === undefined ? '' : `: ${textOf(reason)}`}`;
    });
    const phase = this.#lastPhase === undefined ? '' : `; the node was last at ${this.lastPhase}`;
    const all = [...this.#waiting.values()];
    const cause = all.find(({ reason }) => reason instanceof Error)?.reason;
    const node = all.find((each) => each.node !== undefined)?.node ?? this.node;
    return this.failure(`gave up after ${timeoutMs} ms${waits.join('')}${phase}`, { cause, node });
  }

  /** What anything else that ended the operation is told as. */
  wrapped(error: unknown): unknown {
    if (error instanceof TalosOperationError) return error;
    if (isOfCaller(error) && this.#outcome === 'unchanged') return error;
    return this.failure(textOf(error), { cause: error });
  }

  /** The step where the operation is. */
  get step(): Step {
    if (this.#step === undefined) throw new Error(`${this.name} has not begun`);
    return this.#step;
  }

  #tell(progress: OperationProgress<Step>): void {
    this.#onProgress?.(progress);
  }
}

/** Whether it says what the caller passed wrong. */
function isOfCaller(error: unknown): boolean {
  return isTalosError(error) && (error.code === 'config' || error.code === 'machine-config');
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason ?? '');
}
