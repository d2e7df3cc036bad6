import { onAbort } from '../../runtime/abort-listeners.js';
import { anything, callback, oneOf, text, wholeFrom } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import type {
  Child,
  ChildOutcome,
  ChildrenOptions,
  Flow,
  FlowContext,
  MayGoOnOptions,
  StepAttempt,
  StepOptions,
} from '../flow.js';
import type { Json } from '../json.js';
import { attemptStep } from './attempts.js';
import { runChildren } from './children.js';
import { errorOf } from './failure.js';
import { jsonOf } from './json-value.js';
import { time, timeLimit } from './kinds.js';
import type { Ended, FlowMemory, Hold } from './memory.js';
import { checkChildId, checkHolding, checkName } from './names.js';
import { type FlowParts, waitUntil } from './parts.js';

const stepShape: Shape<StepOptions<Json>> = {
  node: text,
  retries: wholeFrom(0),
  backoffMs: time,
  timeoutMs: timeLimit,
  verify: callback,
  onUnknown: oneOf('repeat', 'fail'),
};
const waitShape: Shape<{ timeoutMs?: number }> = { timeoutMs: timeLimit };
const mayGoOnShape: Shape<MayGoOnOptions> = { holding: anything };
const childrenShape: Shape<ChildrenOptions> = { limit: wholeFrom(1), maxFailures: wholeFrom(0) };
const childShape: Shape<Child<Json>> = { id: anything, input: anything, cluster: text };

/** What was sent while nobody worked on the run counts as well, and takes a moment to be found. */
const SENT_BEFORE_MS = 5000;

/** What flows do, made of what an engine remembers. */
export class EngineContext implements FlowContext {
  readonly #memory: FlowMemory;
  readonly #parts: FlowParts;
  readonly #flow: string;
  readonly #names = new Set<string>();
  readonly #children = new Set<string>();
  readonly #open = new Set<Promise<unknown>>();
  #stop: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor(flow: string, memory: FlowMemory, parts: FlowParts) {
    this.#flow = flow;
    this.#memory = memory;
    this.#parts = parts;
  }

  get id(): string {
    return this.#memory.id;
  }

  /** Why the flow cannot go on here, although it has not ended. */
  get stop(): { readonly error: unknown } | undefined {
    const { signal } = this.#memory;
    return this.#stop ?? (signal.aborted ? { error: signal.reason } : undefined);
  }

  async step<T extends Json>(
    name: string,
    run: (attempt: StepAttempt) => Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    const where = this.#where('step', name);
    if (typeof run !== 'function') {
      throw new TalosConfigError(`${where}: run: expected a function`, { field: 'run' });
    }
    checkOptions(options as StepOptions<Json>, stepShape as Shape<StepOptions<Json>>, where);
    const ended = await this.#remember(name, () =>
      attemptStep(this.#memory, this.#parts, { name, run, options }),
    );
    return this.#outputOf(ended) as T;
  }

  async sleep(name: string, ms: number): Promise<void> {
    const where = this.#where('sleep', name);
    if (time(ms) !== undefined) {
      throw new TalosConfigError(`${where}: ms: expected ${time(ms)}`, { field: 'ms' });
    }
    const ended = await this.#remember(name, async () => {
      const { until } = await this.#waitFrom(name, ms);
      await waitUntil(this.#parts, until, ms, this.#memory.signal);
      this.#tell(name, 'done');
      return { state: 'done', output: undefined };
    });
    this.#outputOf(ended);
  }

  async waitFor(
    name: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Json | undefined> {
    const where = this.#where('waitFor', name);
    checkOptions(options as { timeoutMs?: number }, waitShape, where);
    const ended = await this.#remember(name, async () => {
      const output = await this.#untilSent(name, options.timeoutMs);
      this.#tell(name, 'done');
      return { state: 'done', output };
    });
    return this.#outputOf(ended);
  }

  async mayGoOn(name: string, options: MayGoOnOptions = {}): Promise<void> {
    const where = this.#where('mayGoOn', name);
    checkOptions(options, mayGoOnShape, where);
    const { holding } = options;
    if (holding !== undefined) checkHolding(holding, where);
    const ended = await this.#remember(name, async () => {
      const { signal } = this.#memory;
      const sinceMs = this.#parts.wallMs();
      this.#tell(name, 'waiting', sinceMs);
      const hold = holding === undefined ? undefined : this.#holdOf(name, holding, sinceMs);
      const word = await this.#memory.untilMayGoOn(signal, hold);
      this.#tell(name, word === 'go on' ? 'done' : 'failed');
      return { state: 'done', output: word };
    });
    if (this.#outputOf(ended) !== 'cancelled') return;
    throw new TalosFlowError('the run was cancelled', {
      flow: this.#flow,
      id: this.id,
      step: name,
      reason: 'cancelled',
    });
  }

  async children<I extends Json, O extends Json>(
    name: string,
    flow: Flow<I, O>,
    list: readonly Child<I>[],
    options: ChildrenOptions = {},
  ): Promise<readonly ChildOutcome<O>[]> {
    const where = this.#where('children', name);
    checkOptions(options, childrenShape, where);
    const { limit = 1, maxFailures = 0 } = options;
    const checked = this.#checkedChildren(name, list, where);
    this.#claim(name);
    const running = runChildren(
      this.#memory,
      this.#parts,
      async (round, body) => this.#outputOf(await this.#remember(round, body)) as Json,
      { name, flow, list: checked, limit, maxFailures },
    );
    return this.#whileOpen(running);
  }

  /** The flow comes to its end: it may do nothing more, and what it did not await ends first. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await Promise.allSettled(this.#open);
  }

  /** Checks a name, and gives the words that errors about the call begin with. */
  #where(call: string, name: string): string {
    const where = `${this.#flow} ${this.id}: ${call}`;
    checkName(name, where);
    if (this.#isOver && this.stop === undefined) {
      const hint = 'await all that the flow does';
      throw this.#disordered('the flow has ended before this began', name, hint);
    }
    return `${where} ${JSON.stringify(name)}`;
  }

  #checkedChildren<I extends Json>(
    name: string,
    list: readonly Child<I>[],
    where: string,
  ): Child<I>[] {
    if (!Array.isArray(list)) {
      throw new TalosConfigError(`${where}: list: expected a list`, { field: 'list' });
    }
    const children = list.map((child, index) => {
      const place = `${where}: list[${index}]`;
      checkOptions(child as Child<Json>, childShape, place, "{ id: 'berlin', input: … }");
      checkChildId(child.id, place);
      return { ...child, input: jsonOf(child.input, place, 'input') as I };
    });
    for (const { id } of children) {
      if (this.#children.has(id)) {
        const problem = `the flow has two children with the id ${JSON.stringify(id)}`;
        throw this.#disordered(problem, name, 'give each one an id of its own');
      }
      this.#children.add(id);
    }
    return children;
  }

  /** The names for errors. */
  #self(): { readonly flow: string; readonly id: string } {
    return { flow: this.#flow, id: this.id };
  }

  /** Takes a name, which then is that of nothing else in the flow. */
  #claim(name: string): void {
    if (this.stop !== undefined) throw this.stop.error;
    if (this.#names.has(name)) {
      const hint = 'give each step a name of its own, such as one with the address of its node';
      throw this.#disordered('the flow uses this name twice', name, hint);
    }
    this.#names.add(name);
  }

  /** Nothing may stand between the call of the flow and that of the memory: it counts the names. */
  async #remember(name: string, body: () => Promise<Ended>): Promise<Ended> {
    this.#claim(name);
    try {
      return await this.#whileOpen(this.#memory.remember(name, body));
    } catch (error) {
      throw this.#stopped(error);
    }
  }

  async #whileOpen<T>(promise: Promise<T>): Promise<T> {
    this.#open.add(promise);
    try {
      return await promise;
    } finally {
      this.#open.delete(promise);
    }
  }

  #disordered(problem: string, step: string, hint: string): unknown {
    return this.#stopped(
      new TalosFlowError(problem, { ...this.#self(), step, reason: 'order', hint }),
    );
  }

  /** Whatever the flow makes of an error that ends the work on it, it does not go on. */
  #stopped(error: unknown): unknown {
    this.#stop ??= { error };
    return this.#stop.error;
  }

  #outputOf(ended: Ended): Json | undefined {
    if (ended.state === 'done') return ended.output;
    throw errorOf(ended.error, this.#self());
  }

  /** Tells once of each flow that is waited for. */
  #holdOf(name: string, what: string, sinceMs: number): Hold {
    let last: string | undefined;
    const heldBy = (flow: string): void => {
      if (flow === last) return;
      last = flow;
      this.#tell(name, 'waiting', sinceMs, `${flow} holds ${what}`);
    };
    return { what, heldBy };
  }

  /** When something that began now, or before a death, has waited for `ms`. */
  async #waitFrom(name: string, ms: number): Promise<{ until: number; isResumed: boolean }> {
    const begun = await this.#memory.begin(name);
    this.#tell(name, 'waiting');
    if (typeof begun.detail === 'number') return { until: begun.detail, isResumed: true };
    const until = this.#parts.wallMs() + ms;
    await this.#memory.heartbeat(name, until);
    return { until, isResumed: false };
  }

  async #untilSent(name: string, timeoutMs: number | undefined): Promise<Json | undefined> {
    const memory = this.#memory;
    if (timeoutMs === undefined) {
      this.#tell(name, 'waiting');
      return memory.untilSent(name, memory.signal);
    }
    const { until, isResumed } = await this.#waitFrom(name, timeoutMs);
    const ending = new AbortController();
    const stopListening = onAbort(memory.signal, (reason) => ending.abort(reason));
    const late = async (): Promise<undefined> => {
      const leastMs = isResumed ? this.#parts.wallMs() + SENT_BEFORE_MS : 0;
      const atMostMs = Math.max(timeoutMs, SENT_BEFORE_MS);
      await waitUntil(this.#parts, Math.max(until, leastMs), atMostMs, ending.signal);
    };
    try {
      memory.signal.throwIfAborted();
      return await Promise.race([memory.untilSent(name, ending.signal), late()]);
    } finally {
      stopListening();
      ending.abort();
    }
  }

  #tell(
    step: string,
    state: 'waiting' | 'done' | 'failed',
    sinceMs = this.#parts.wallMs(),
    lastError?: string,
  ): void {
    this.#memory.tell({ node: undefined, step, state, sinceMs, attempt: 1, lastError });
  }
}
