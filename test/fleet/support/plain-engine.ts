import { isWithin } from '../../../src/fleet/engine/is-within.js';
import type {
  Begun,
  ChildStart,
  Ended,
  FlowMemory,
  Hold,
} from '../../../src/fleet/engine/memory.js';
import { type FlowParts, machineFlowParts } from '../../../src/fleet/engine/parts.js';
import { runFlow } from '../../../src/fleet/engine/run-flow.js';
import type { Flow, FlowFailure } from '../../../src/fleet/flow.js';
import type { Json } from '../../../src/fleet/json.js';
import type { ProgressRow } from '../../../src/fleet/runner.js';
import { TalosFlowError } from '../../../src/runtime/errors/flow-error.js';

/** The process has died, as far as flows can see. */
export class Died extends Error {
  override readonly name = 'Died';
}

interface StepEntry {
  readonly name: string;
  attempts: number;
  isUnknown: boolean;
  detail: Json | undefined;
  ended: Ended | undefined;
}

interface FlowEntry {
  readonly start: ChildStart;
  readonly steps: StepEntry[];
  ended: Ended | undefined;
}

/** What survives the death of a `PlainEngine`. All of it went through JSON. */
export class PlainStore {
  readonly flows = new Map<string, FlowEntry>();
  readonly sent = new Map<string, Json>();
  /** What is held → the id of the flow. */
  readonly holders = new Map<string, string>();
  isPaused = false;
  isCancelled = false;
}

/** How a `PlainEngine` runs. */
export interface PlainOptions {
  /** Every flow that is run, children too. */
  readonly flows: readonly Flow<never, Json>[];
  readonly parts?: FlowParts;
  /**
   * Dies at the moment of this number, from 1: there is one before and one after each thing that is
   * remembered. Default: never.
   */
  readonly dieAt?: number;
}

/** An engine that remembers in plain memory: one process, which can be made to die, of one run. */
export class PlainEngine {
  readonly #store: PlainStore;
  readonly #options: PlainOptions;
  readonly #life = new AbortController();
  readonly #running = new Map<string, Promise<Ended>>();
  readonly #changes = new Set<() => void>();
  /** Flow and node → the last row. */
  readonly rows = new Map<string, ProgressRow>();
  /** All rows in the order in which they were told. */
  readonly told: ProgressRow[] = [];
  /** How many moments there were. */
  moments = 0;

  constructor(store: PlainStore, options: PlainOptions) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Begins the run, or goes on with it.
   *
   * @throws {Died} when the engine dies before its end
   */
  async run<I extends Json, O extends Json>(
    flow: Flow<I, O>,
    input: I,
    id = 'run',
    cluster?: string,
  ): Promise<Ended> {
    const { name, version } = flow;
    return this.#start({ id, flow: name, version, input, cluster });
  }

  /** Dies now. */
  die(error: Error = new Died()): void {
    this.#life.abort(error);
  }

  pause(): void {
    this.#store.isPaused = true;
  }

  continue(): void {
    this.#store.isPaused = false;
    this.#changed();
  }

  cancel(): void {
    this.#store.isCancelled = true;
    this.#changed();
  }

  send(name: string, value: Json): void {
    this.#store.sent.set(name, copy(value));
    this.#changed();
  }

  #start(start: ChildStart): Promise<Ended> {
    const known = this.#running.get(start.id);
    if (known !== undefined) return known;
    const running = this.#run(start);
    this.#running.set(start.id, running);
    // What stops one flow stops all of the run.
    running.catch((error) => this.die(error));
    return running;
  }

  async #run(start: ChildStart): Promise<Ended> {
    const { flows, parts = machineFlowParts } = this.#options;
    const entry: FlowEntry = this.#store.flows.get(start.id) ?? {
      start: copy(start as unknown as Json) as unknown as ChildStart,
      steps: [],
      ended: undefined,
    };
    this.#store.flows.set(start.id, entry);
    if (entry.ended !== undefined) return entry.ended;
    const flow = flows.find(({ name }) => name === start.flow) as Flow | undefined;
    if (flow === undefined) throw new Error(`the engine was given no flow ${start.flow}`);
    const memory = this.#memoryOf(entry);
    const ended = await runFlow(flow, entry.start.input, memory, parts);
    this.#moment();
    entry.ended = copy(ended as unknown as Json) as unknown as Ended;
    this.#moment();
    this.#changed();
    return entry.ended;
  }

  #memoryOf(entry: FlowEntry): FlowMemory {
    const { signal } = this.#life;
    const { id, cluster } = entry.start;
    const [run = ''] = id.split('/');
    let place = 0;
    const stepOf = (name: string): StepEntry => {
      const found = entry.steps.find((step) => step.name === name);
      if (found === undefined) throw new Error(`there is no step ${name}`);
      return found;
    };
    return {
      id,
      cluster,
      signal,
      remember: async (name, body) => {
        const at = place++;
        const known = entry.steps[at];
        if (known !== undefined && known.name !== name) {
          throw new TalosFlowError(`expected ${known.name} here, got ${name}`, {
            flow: entry.start.flow,
            id,
            reason: 'order',
          });
        }
        if (known?.ended !== undefined) return known.ended;
        const step = known ?? newStep(name);
        entry.steps[at] = step;
        const ended = await body();
        this.#moment();
        step.ended = copy(ended as unknown as Json) as unknown as Ended;
        this.#moment();
        return step.ended;
      },
      begin: async (name): Promise<Begun> => {
        this.#moment();
        const step = stepOf(name);
        const { isUnknown, detail } = step;
        step.attempts += 1;
        step.isUnknown = true;
        this.#moment();
        return { attempt: step.attempts, isUnknown, detail };
      },
      failed: async (name, _error: FlowFailure) => {
        this.#moment();
        stepOf(name).isUnknown = false;
        this.#moment();
      },
      heartbeat: async (name, detail) => {
        this.#moment();
        stepOf(name).detail = copy(detail);
        this.#moment();
      },
      confirm: async () => this.#moment(),
      startChildren: async (children) => {
        this.#moment();
        for (const child of children) void this.#start(child);
        this.#moment();
      },
      untilEnded: async (ids, until) => {
        const ended = () =>
          ids.flatMap((each): [string, Ended][] => {
            const end = this.#store.flows.get(each)?.ended;
            return end === undefined ? [] : [[each, end]];
          });
        await this.#until(() => ended().length > 0, until);
        return new Map(ended());
      },
      untilMayGoOn: async (until, hold) => {
        const mayGoOn = () =>
          !this.#store.isPaused && (hold === undefined || this.#holds(hold, id));
        await this.#until(() => this.#store.isCancelled || mayGoOn(), until);
        return this.#store.isCancelled ? 'cancelled' : 'go on';
      },
      untilSent: async (name, until) => {
        await this.#until(() => this.#store.sent.has(name), until);
        return this.#store.sent.get(name) as Json;
      },
      tell: (row) => {
        const full = { run, flow: id, cluster, ...row };
        this.told.push(full);
        this.rows.set(`${id} ${row.node ?? ''}`, full);
      },
    };
  }

  /** Whether a flow holds something now: another one may, unless it has ended. */
  #holds({ what, heldBy }: Hold, flow: string): boolean {
    const { holders, flows } = this.#store;
    const holder = holders.get(what) ?? flow;
    const isFree = flows.get(holder)?.ended !== undefined;
    if (!isFree && !isWithin(flow, holder)) {
      heldBy(holder);
      return false;
    }
    holders.set(what, isFree ? flow : holder);
    return true;
  }

  /** A moment at which the engine may die. */
  #moment(): void {
    this.#life.signal.throwIfAborted();
    this.moments += 1;
    if (this.moments === this.#options.dieAt) this.die();
    this.#life.signal.throwIfAborted();
  }

  #changed(): void {
    for (const look of [...this.#changes]) look();
  }

  #until(is: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#changes.delete(look);
        reject(signal.reason);
      };
      const look = (): void => {
        if (!is()) return;
        this.#changes.delete(look);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      this.#changes.add(look);
      look();
    });
  }
}

function newStep(name: string): StepEntry {
  return { name, attempts: 0, isUnknown: false, detail: undefined, ended: undefined };
}

function copy<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
