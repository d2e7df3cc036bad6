import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { isWithin } from '../engine/is-within.js';
import type { Begun, ChildStart, Ended, FlowMemory, Hold, ToldRow } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';
import type { EngineRun } from './engine.js';
import type { FlowRow } from './flows.js';
import type { Term } from './session.js';
import type { Store } from './store.js';

/** What a flow remembers: the ends of steps with the engine, the rest in tables of ours. */
export class PostgresMemory implements FlowMemory {
  readonly run: string;
  readonly id: string;
  readonly cluster: string | undefined;
  readonly signal: AbortSignal;
  readonly #flow: FlowRow;
  readonly #term: Term;
  readonly #store: Store;
  readonly #engine: EngineRun;

  constructor(flow: FlowRow, term: Term, store: Store, engine: EngineRun, signal: AbortSignal) {
    this.#flow = flow;
    this.#term = term;
    this.#store = store;
    this.#engine = engine;
    this.run = flow.run;
    this.id = flow.id;
    this.cluster = flow.cluster;
    this.signal = signal;
  }

  remember(name: string, body: () => Promise<Ended>): Promise<Ended> {
    return this.#engine.remember(name, body);
  }

  async begin(name: string): Promise<Begun> {
    const { attempts, session } = this.#store;
    const by = { worker: session.worker, term: this.#term };
    const begun = await attempts.begin(this.id, name, by, this.signal);
    if (begun !== undefined) return begun;
    // Says why, or that the row was missing for a moment alone.
    await this.confirm();
    return this.begin(name);
  }

  failed(name: string, error: FlowFailure): Promise<void> {
    return this.#store.attempts.failed(this.id, name, error, this.signal);
  }

  heartbeat(name: string, detail: Json): Promise<void> {
    return this.#store.attempts.heartbeat(this.id, name, detail, this.signal);
  }

  async confirm(): Promise<void> {
    if (!(await this.#engine.isOurs(this.signal))) {
      throw new TalosFlowError('the engine has another worker run the flow, or none', {
        flow: this.#flow.flow,
        id: this.id,
        reason: 'overtaken',
      });
    }
    // Last, so that nothing is waited for between this answer and what it is asked for.
    await this.#store.session.confirm(this.#term, this.signal);
  }

  async startChildren(children: readonly ChildStart[]): Promise<void> {
    // Whoever takes a child has the same flows, and would not know what to do with it.
    for (const child of children) this.#store.known.find(child);
    const { release } = this.#flow;
    const flows = children.map((child) => ({ ...child, run: this.run, release }));
    await this.#store.flows.add(flows, this.signal);
    await this.#store.engine.enqueue(flows, this.signal);
  }

  untilEnded(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Ended>> {
    return this.#store.wakeups.until(this.run, signal, async (isNews) => {
      if (!isNews) await this.#store.endStopped(ids, signal);
      const ended = await this.#store.flows.ended(ids, signal);
      return ended.size > 0 ? ended : undefined;
    });
  }

  untilMayGoOn(signal: AbortSignal, hold?: Hold): Promise<'go on' | 'cancelled'> {
    const { wakeups, flows, holds } = this.#store;
    return wakeups.until(this.run, signal, async (isNews) => {
      const { paused, cancelled } = await flows.asked(this.run, signal);
      if (cancelled) return 'cancelled';
      if (paused) return undefined;
      if (hold === undefined) return 'go on';
      // Those that the engine was told to end may have nobody else who notices.
      if (!isNews) await this.#store.endStopped(await holds.keepers(hold.what, signal), signal);
      const holder = await holds.take(hold.what, this.id, signal);
      if (holder === undefined) return undefined;
      if (isWithin(this.id, holder)) return 'go on';
      hold.heldBy(holder);
      return undefined;
    });
  }

  async untilSent(name: string, signal: AbortSignal): Promise<Json> {
    const { sent, wakeups } = this.#store;
    await sent.waits(this.run, this.id, name, signal);
    try {
      const found = await wakeups.until(this.run, signal, () => sent.get(this.run, name, signal));
      return found.value;
    } finally {
      // Where the worker stops, the flow goes on waiting.
      if (!this.signal.aborted) await sent.waited(this.id, name);
    }
  }

  tell(row: ToldRow): void {
    if (this.signal.aborted) return;
    const { run, id: flow, cluster } = this;
    this.#store.progress.tell({ run, flow, cluster, ...row });
  }
}
