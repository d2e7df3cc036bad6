import { type ReconnectParts, sleep } from '../../reconnect/index.js';
import type { Clock } from '../../runtime/calls/clock.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
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
  readonly done?: readonly string[] | undefined;
  readonly left?: readonly string[] | undefined;
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
  /** Ends with the caller's signal, with the target's, and when the time is over. */
  readonly signal: AbortSignal;
  readonly parts: ReconnectParts;
  readonly #onProgress: ((progress: OperationProgress<Step>) => void) | undefined;
  #step: Step | undefined;
  #outcome: OperationOutcome = 'unchanged';
  #waiting: { readonly what: string; readonly reason: unknown } | undefined;
  #lastPhase: { readonly name: string; readonly since: number } | undefined;

  constructor(
    name: string,
    node: string | undefined,
    signal: AbortSignal,
    parts: ReconnectParts,
    onProgress: ((progress: OperationProgress<Step>) => void) | undefined,
  ) {
    this.name = name;
    this.node = node;
    this.signal = signal;
    this.parts = parts;
    this.#onProgress = onProgress;
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
    this.#waiting = undefined;
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

  /** Tells what is waited for, when that is new. */
  waits(what: string, reason?: unknown, node = this.node): void {
    const before = this.#waiting;
    this.#waiting = { what, reason };
    if (before?.what === what && textOf(before.reason) === textOf(reason)) return;
    this.tell({ type: 'waiting', what, reason, node });
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

  /** The error of an operation that fails at the step where it is. */
  failure(reason: string, options: FailureOptions = {}): TalosOperationError {
    const { cause, outcome = this.#outcome, node = this.node, hint, done, left } = options;
    return new TalosOperationError(
      reason,
      { operation: this.name, step: this.step, outcome, node, hint, done, left },
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
    const waiting = this.#waiting;
    const reason = waiting?.reason === undefined ? '' : `: ${textOf(waiting.reason)}`;
    const wait = waiting === undefined ? '' : `, waiting for ${waiting.what}${reason}`;
    const phase = this.#lastPhase === undefined ? '' : `; the node was last at ${this.lastPhase}`;
    const cause = waiting?.reason instanceof Error ? waiting.reason : undefined;
    return this.failure(`gave up after ${timeoutMs} ms${wait}${phase}`, { cause });
  }

  /** What anything else that ended the operation is told as. */
  wrapped(error: unknown): unknown {
    if (error instanceof TalosOperationError) return error;
    if (error instanceof TalosConfigError && this.#outcome === 'unchanged') return error;
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

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason ?? '');
}
