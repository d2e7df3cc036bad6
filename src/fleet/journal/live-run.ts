import { onAbort } from '../../runtime/abort-listeners.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import type { FlowTable } from '../engine/flow-table.js';
import type { ChildStart, ToldRow } from '../engine/memory.js';
import type { FlowParts } from '../engine/parts.js';
import { runFlow } from '../engine/run-flow.js';
import { JournalMemory, type RunAtWork } from './flow-memory.js';
import type { Holds } from './holds.js';
import type { DirectoryLock } from './lock.js';
import { type FlowRecord, isOfFlow, type JournalRecord } from './records.js';
import { RowFeed } from './row-feed.js';
import type { FlowState, RunState } from './run-state.js';
import { diskError, type JournalWriter } from './writer.js';

/** What a run that is worked on stands on. */
export interface LiveParts {
  readonly writer: JournalWriter;
  readonly lock: DirectoryLock;
  readonly flows: FlowTable;
  readonly parts: FlowParts;
  readonly holds: Holds;
  /** Called when a flow has ended. */
  readonly release: (flow: string) => void;
}

/** What others may wait for; steps are the business of their flow alone. */
const wakes: ReadonlySet<JournalRecord['kind']> = new Set(['over', 'asked', 'sent']);

/** A run that this process works on. */
export class LiveRun implements RunAtWork {
  readonly state: RunState;
  /** Resolves once the run has ended or was stopped, and nothing is written any more. */
  readonly settled: Promise<void>;
  readonly feed = new RowFeed();
  readonly waits = new Map<string, number>();
  readonly #live: LiveParts;
  readonly #life = new AbortController();
  readonly #running = new Set<string>();
  readonly #lookers = new Set<() => void>();
  /** Flow → rows that are not written yet. */
  readonly #rows = new Map<string, Map<string, ToldRow>>();

  constructor(state: RunState, live: LiveParts) {
    this.state = state;
    this.#live = live;
    this.settled = this.#work();
  }

  get holds(): Holds {
    return this.#live.holds;
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Why it was stopped before its end. */
  get stopped(): unknown {
    return this.state.ended === undefined ? this.#life.signal.reason : undefined;
  }

  /** Stops the work. Nothing of it is remembered as failed. */
  stop(error: unknown): void {
    this.#life.abort(error);
  }

  async append(record: JournalRecord): Promise<void> {
    this.#life.signal.throwIfAborted();
    try {
      await this.#live.writer.append(isOfFlow(record) ? this.#withRows(record) : record);
    } catch (error) {
      this.stop(error);
      throw error;
    }
    this.state.apply(record);
    if (record.kind === 'over') this.#live.release(record.id);
    if (wakes.has(record.kind)) this.look();
  }

  tell(flow: string, row: ToldRow): void {
    const rows = this.#rows.get(flow) ?? new Map<string, ToldRow>();
    this.#rows.set(flow, rows.set(row.node ?? '', row));
    this.feed.publish(this.state.tell(flow, row));
  }

  async confirm(): Promise<void> {
    try {
      await this.#live.lock.confirm();
    } catch (error) {
      const stop = diskError('the lock', error);
      this.stop(stop);
      throw stop;
    }
  }

  async confirmCheaply(): Promise<void> {
    if (!this.#live.lock.isFresh) await this.confirm();
  }

  async startChildren(children: readonly ChildStart[]): Promise<void> {
    const unknown = children.filter(({ id }) => !this.state.flows.has(id));
    await Promise.all(unknown.map((start) => this.append({ kind: 'child', ...start })));
    for (const { id } of children) this.#launch(this.state.flow(id));
  }

  until(is: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const look = (): void => {
        if (!is()) return;
        this.#lookers.delete(look);
        stopListening();
        resolve();
      };
      const stopListening = onAbort(signal, (reason) => {
        this.#lookers.delete(look);
        reject(reason);
      });
      this.#lookers.add(look);
      look();
    });
  }

  /** Has those that wait look again. */
  look(): void {
    for (const look of [...this.#lookers]) look();
  }

  /** Takes the rows that are not written yet along. */
  #withRows(record: FlowRecord): FlowRecord {
    const told = this.#rows.get(record.id);
    if (told === undefined || told.size === 0) return record;
    this.#rows.delete(record.id);
    return { ...record, rows: [...told.values()] };
  }

  async #work(): Promise<void> {
    this.#launch(this.state.flow(this.state.start.id));
    // Its own signal is the other end.
    await this.until(() => this.state.ended !== undefined, this.#life.signal).catch(
      () => undefined,
    );
    await this.#live.writer.close();
    this.feed.end();
  }

  #launch(flow: FlowState): void {
    const { id } = flow.start;
    if (flow.ended !== undefined || this.#running.has(id)) return;
    this.#running.add(id);
    // What stops one flow stops the run: it would wait for it for ever.
    this.#run(flow).catch((error) => this.stop(error));
  }

  async #run(flow: FlowState): Promise<void> {
    const { start } = flow;
    const { flows, parts } = this.#live;
    const memory = new JournalMemory(this, flow);
    const ended = await runFlow(flows.find(start), start.input, memory, parts);
    const missing = memory.notCalled;
    if (missing !== undefined) {
      throw new TalosFlowError('the flow ended without this, which it did before', {
        flow: start.flow,
        id: start.id,
        step: missing,
        reason: 'order',
        hint: 'a flow whose steps changed needs another version',
      });
    }
    await this.append({ kind: 'over', id: start.id, ended, atMs: parts.wallMs() });
    this.#running.delete(start.id);
    this.#rows.delete(start.id);
  }
}
