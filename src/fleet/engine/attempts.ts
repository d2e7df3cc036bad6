import { sleep } from '../../reconnect/sleep.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { runWithin } from '../../runtime/diagnostics/within.js';
import { unlessAborted } from '../../runtime/unless-aborted.js';
import type { FlowFailure, StepAttempt, StepOptions } from '../flow.js';
import type { Json } from '../json.js';
import { failureOf, isStop } from './failure.js';
import { jsonOf } from './json-value.js';
import type { Begun, Ended, FlowMemory } from './memory.js';
import type { FlowParts } from './parts.js';

/** A step as the flow gave it. */
export interface Step<T extends Json> {
  readonly name: string;
  readonly run: (attempt: StepAttempt) => Promise<T>;
  readonly options: StepOptions<T>;
}

const LONGEST_BACKOFF_MS = 60_000;

/**
 * Attempts a step until it has ended. What is not known of one attempt stays unknown in those that
 * follow: `failed` is not remembered then, so that it is still unknown after a death.
 *
 * Rejects only when the worker has to stop.
 */
export async function attemptStep<T extends Json>(
  memory: FlowMemory,
  parts: FlowParts,
  step: Step<T>,
): Promise<Ended> {
  const { name, options } = step;
  const { node, retries = 0, backoffMs = 1000 } = options;
  let lastError: string | undefined;
  for (let count = 0; ; count += 1) {
    const begun = await memory.begin(name);
    const row = { node, step: name, sinceMs: parts.wallMs(), attempt: begun.attempt };
    memory.tell({ ...row, state: 'running', lastError });
    const { ended, isFinal } = await new Attempt(memory, parts, step, begun).outcome();
    if (ended.state === 'done') {
      memory.tell({ ...row, state: 'done', lastError: undefined });
      return ended;
    }
    lastError = ended.error.message;
    if (isFinal || count >= retries) {
      memory.tell({ ...row, state: 'failed', lastError });
      return ended;
    }
    if (!begun.isUnknown && ended.error.outcome !== 'unknown') {
      await memory.failed(name, ended.error);
    }
    memory.tell({ ...row, state: 'waiting', lastError });
    const waitMs = Math.min(backoffMs * 2 ** Math.min(count, 30), LONGEST_BACKOFF_MS);
    await sleep(parts.clock, waitMs, memory.signal);
  }
}

interface Outcome {
  readonly ended: Ended;
  /** Whether another attempt would end the same way. */
  readonly isFinal: boolean;
}

class Attempt<T extends Json> {
  readonly #memory: FlowMemory;
  readonly #parts: FlowParts;
  readonly #step: Step<T>;
  readonly #begun: Begun;
  readonly #ending = new AbortController();
  #detail: Json | undefined;
  #isOver = false;

  constructor(memory: FlowMemory, parts: FlowParts, step: Step<T>, begun: Begun) {
    this.#memory = memory;
    this.#parts = parts;
    this.#step = step;
    this.#begun = begun;
    this.#detail = begun.detail;
  }

  async outcome(): Promise<Outcome> {
    const { signal } = this.#memory;
    signal.throwIfAborted();
    const stopListening = onAbort(signal, (reason) => this.#ending.abort(reason));
    const { timeoutMs } = this.#step.options;
    let isLate = false;
    const late = (): void => {
      isLate = true;
      this.#ending.abort(new Error(`no end within ${timeoutMs} ms`));
    };
    const { clock } = this.#parts;
    const timer = timeoutMs === undefined ? undefined : clock.start(timeoutMs, late, undefined);
    try {
      return await this.#untilOver();
    } catch (error) {
      signal.throwIfAborted();
      if (isStop(error)) throw error;
      // Whatever still runs of it may act, or have acted.
      if (isLate) return this.#failed(`no end within ${timeoutMs} ms`, 'unknown');
      const { name, options } = this.#step;
      const failure = failureOf(error, { step: name, node: options.node });
      return { ended: { state: 'failed', error: failure }, isFinal: false };
    } finally {
      this.#isOver = true;
      stopListening();
      if (timer !== undefined) clock.stop(timer);
    }
  }

  /** What becomes of the attempt. Its end is not waited for once its signal is aborted. */
  #untilOver(): Promise<Outcome> {
    const place = { flow: this.#memory.id, step: this.#step.name };
    return unlessAborted(this.#ending.signal, () => {
      const body = runWithin(place, () => this.#work());
      this.#parts.track?.(body);
      return body;
    });
  }

  async #work(): Promise<Outcome> {
    const { options, run } = this.#step;
    const attempt = this.#handle();
    if (this.#begun.isUnknown) {
      const found = await options.verify?.(attempt);
      if (found !== undefined) return this.#done(found);
      if (options.onUnknown === 'fail') {
        const message = 'an attempt before this one began, and it is not known how it ended';
        return this.#failed(message, 'unknown', true);
      }
    }
    return this.#done(await run(attempt));
  }

  /** What the step works with. */
  #handle(): StepAttempt {
    const { attempt, isUnknown } = this.#begun;
    const memory = this.#memory;
    const { name } = this.#step;
    const detail = (): Json | undefined => this.#detail;
    return {
      attempt,
      previous: isUnknown ? 'unknown' : 'none',
      get detail() {
        return detail();
      },
      signal: this.#ending.signal,
      confirm: async () => {
        this.#checkOpen();
        await memory.confirm();
        this.#checkOpen();
      },
      heartbeat: async (told) => {
        const json = jsonOf(told, `the heartbeat of step ${name}`, 'detail');
        this.#checkOpen();
        await memory.heartbeat(name, json);
        this.#detail = json;
      },
    };
  }

  /** Refuses what an attempt does after its end, beside one that may follow it. */
  #checkOpen(): void {
    this.#ending.signal.throwIfAborted();
    if (this.#isOver) throw new Error(`the attempt at step ${this.#step.name} is over`);
  }

  #done(output: T): Outcome {
    if (output === undefined) return { ended: { state: 'done', output }, isFinal: true };
    try {
      const json = jsonOf(output, `what step ${this.#step.name} gave`, 'output');
      return { ended: { state: 'done', output: json }, isFinal: true };
    } catch (error) {
      // It has run, and would give the same once more.
      const failure = failureOf(error, { step: this.#step.name, node: this.#step.options.node });
      return { ended: { state: 'failed', error: failure }, isFinal: true };
    }
  }

  #failed(message: string, outcome: FlowFailure['outcome'], isFinal = false): Outcome {
    const { name, options } = this.#step;
    const { node } = options;
    const error = { message, step: name, ...(node !== undefined && { node }), outcome };
    return { ended: { state: 'failed', error }, isFinal };
  }
}
