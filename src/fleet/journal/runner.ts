import { isTalosError } from '../../runtime/errors/any-error.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { failureOf } from '../engine/failure.js';
import type { FlowTable } from '../engine/flow-table.js';
import type { RunStart } from '../engine/memory.js';
import { checkRunId } from '../engine/names.js';
import type { FlowParts } from '../engine/parts.js';
import { checkSame } from '../engine/same-run.js';
import { startOf } from '../engine/start.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { FleetRun, FleetRunner, RunStatus, StartOptions } from '../runner.js';
import { JournalRun, type Runs } from './handle.js';
import { Holds } from './holds.js';
import { cancelledWhereItStood, heldByOther, nobodyWorksOn, stopOf, unknownFlow } from './left.js';
import { LiveRun } from './live-run.js';
import type { DirectoryLock } from './lock.js';
import { OpenAttempts } from './open-attempts.js';
import type { JournalRecord } from './records.js';
import type { RunFolders } from './run-folders.js';
import { RunState } from './run-state.js';
import type { ReadRun } from './segments.js';
import { statusOf, unreadable } from './status.js';
import { Turns } from './turns.js';
import { diskError, type JournalWriter } from './writer.js';

/** A runner that remembers in a folder. */
export interface JournalRunner extends FleetRunner {
  /**
   * Removes a run that has ended, or one that cannot be read. There is no way back.
   *
   * @throws {TalosConfigError} when the run has not ended: cancel it first
   */
  forget(id: string): Promise<void>;
}

/** The runs of a directory whose lock is ours. */
export class Runner implements JournalRunner, Runs {
  readonly #folders: RunFolders;
  readonly #flows: FlowTable;
  readonly #parts: FlowParts;
  readonly #live = new Map<string, LiveRun>();
  /** Why runs were stopped. */
  readonly #stops = new Map<string, TalosFlowError>();
  /** Of runs that have ended, which do not change any more. */
  readonly #ended = new Map<string, RunStatus>();
  readonly #turns = new Turns();
  readonly #attempts = new OpenAttempts();
  readonly #holds = new Holds();
  #lock: DirectoryLock | undefined;
  #end: TalosFlowError | undefined;

  constructor(folders: RunFolders, flows: FlowTable, parts: FlowParts) {
    this.#folders = folders;
    this.#flows = flows;
    this.#parts = { ...parts, track: (body) => this.#attempts.add(body) };
  }

  /** The lock is ours. */
  async begin(lock: DirectoryLock): Promise<void> {
    this.#lock = lock;
    await this.#folders.sweep();
    for (const id of await this.#folders.ids()) {
      // Of what cannot be read nothing is known.
      const read = await this.#folders.read(id).catch(() => undefined);
      if (read === undefined) continue;
      if (read.state.ended !== undefined) this.#noteEnd(read.state);
      else this.#holds.note(read.state);
    }
  }

  /** Nothing more is done here. */
  end(error: TalosFlowError): void {
    this.#end ??= error;
    for (const live of this.#live.values()) live.stop(this.#end);
  }

  async start<I extends Json, O extends Json>(
    flow: Flow<I, O>,
    input: I,
    options: StartOptions,
  ): Promise<FleetRun<O>> {
    const start = startOf(this.#flows, flow, input, options);
    const { id } = start;
    await this.#inTurn(id, async () => {
      const live = this.#live.get(id);
      if (live !== undefined) return checkSame(live.state.start, start);
      const read = await this.#folders.read(id);
      if (read === undefined) return this.#begin(start);
      checkSame(read.state.start, start);
      if (read.state.ended === undefined) await this.#takeUp(read);
      else this.#noteEnd(read.state);
    });
    return new JournalRun<O>(id, this);
  }

  async resume(): Promise<readonly FleetRun<Json>[]> {
    this.#checkOpen();
    const taken: FleetRun<Json>[] = [];
    for (const id of await this.#folders.ids()) {
      if (await this.#inTurn(id, () => this.#resumeOne(id))) {
        taken.push(new JournalRun<Json>(id, this));
      }
    }
    return taken;
  }

  async get(id: string): Promise<FleetRun<Json> | undefined> {
    checkRunId(id, 'get');
    const run = new JournalRun<Json>(id, this);
    if (this.#live.has(id) || this.#ended.has(id)) return run;
    // What cannot be read is there, and says so in its status.
    const isThere = await this.#folders.read(id).catch(() => true);
    return isThere === undefined ? undefined : run;
  }

  async list(): Promise<readonly RunStatus[]> {
    const found: RunStatus[] = [];
    for (const id of await this.#folders.ids()) {
      // It may be one of which not even the begin is on the disk.
      const status = await this.statusOf(id).catch(() => undefined);
      if (status !== undefined) found.push(status);
    }
    return found;
  }

  async forget(id: string): Promise<void> {
    checkRunId(id, 'forget');
    await this.#inTurn(id, async () => {
      const read = await this.#folders.read(id).catch(() => undefined);
      const state = this.#live.get(id)?.state ?? read?.state;
      if (state !== undefined && state.ended === undefined) {
        throw new TalosConfigError(`forget: id: the run ${id} has not ended: cancel it first`, {
          field: 'id',
        });
      }
      await this.#folders.remove(id);
      this.#release(id);
      this.#ended.delete(id);
      this.#stops.delete(id);
    });
  }

  async close(): Promise<void> {
    this.end(new TalosFlowError('the runner is closed', { reason: 'closed' }));
    await this.#turns.settled();
    await Promise.all([...this.#live.values()].map(({ settled }) => settled));
    await this.#attempts.settled(this.#parts.clock);
    await this.#lock?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  live(id: string): LiveRun | undefined {
    return this.#live.get(id);
  }

  async stateOf(id: string): Promise<RunState> {
    return this.#live.get(id)?.state ?? (await this.#folders.known(id)).state;
  }

  async statusOf(id: string): Promise<RunStatus> {
    const known = this.#ended.get(id);
    if (known !== undefined) return known;
    const live = this.#live.get(id);
    if (live !== undefined) return statusOf(live.state, { waits: live.waits });
    try {
      const state = await this.stateOf(id);
      // It may have been forgotten and begun anew while it was read.
      if (this.#live.has(id)) return this.statusOf(id);
      if (state.ended === undefined) {
        const why = this.#whyNot(state);
        return statusOf(state, { left: why && failureOf(why) });
      }
      return this.#noteEnd(state);
    } catch (error) {
      if (!(isTalosError(error) && error.code === 'flow')) throw error;
      return unreadable(id, error);
    }
  }

  whyLeft(state: RunState): TalosFlowError {
    return this.#whyNot(state) ?? nobodyWorksOn(state.start);
  }

  ask(id: string, record: JournalRecord & { readonly kind: 'asked' | 'sent' }): Promise<void> {
    return this.#inTurn(id, async () => {
      const live = this.#live.get(id);
      if (live !== undefined) {
        await live.append(record).catch((error) => {
          // It has ended meanwhile, and needs no word any more.
          if (live.state.ended === undefined) throw error;
        });
        return;
      }
      const read = await this.#folders.known(id);
      if (read.state.ended === undefined) await this.#note(read, this.#wordFor(read.state, record));
    });
  }

  /** A run that nobody can bring to its end is over when it is cancelled. */
  #wordFor(state: RunState, record: JournalRecord): JournalRecord {
    const stop = this.#whyNot(state);
    const why = stop?.reason === 'version' || stop?.reason === 'order' ? stop : undefined;
    if (why === undefined || record.kind !== 'asked' || record.word !== 'cancel') return record;
    return cancelledWhereItStood(state.start.id, why, this.#parts.wallMs());
  }

  async #note(read: ReadRun, record: JournalRecord): Promise<void> {
    const writer = await this.#next(read);
    try {
      await writer.append(record);
    } finally {
      await writer.close();
    }
    if (record.kind === 'over') this.#release(record.id);
  }

  /** What a flow held is free, and others may wait for it. */
  #release(flow: string): void {
    if (this.#holds.release(flow)) this.#lookAgain();
  }

  #lookAgain(): void {
    for (const live of this.#live.values()) live.look();
  }

  async #begin(start: RunStart): Promise<void> {
    const startedAtMs = this.#parts.wallMs();
    const begin = { run: start, startedAtMs, after: undefined };
    const writer = await this.#folders.write(this.#lockOf(), begin);
    await this.#work(new RunState(start, startedAtMs), writer);
  }

  async #takeUp(read: ReadRun): Promise<void> {
    // It may be that it could not be read when the runner was opened.
    const foreign = this.#holds.note(read.state);
    this.#lookAgain();
    if (foreign !== undefined) throw heldByOther(read.state.start, foreign);
    await this.#work(read.state, await this.#next(read));
  }

  async #work(state: RunState, writer: JournalWriter): Promise<void> {
    const { id } = state.start;
    if (this.#end !== undefined) {
      await writer.close();
      throw this.#end;
    }
    this.#stops.delete(id);
    const live = new LiveRun(state, {
      writer,
      lock: this.#lockOf(),
      flows: this.#flows,
      parts: this.#parts,
      holds: this.#holds,
      release: (flow) => this.#release(flow),
    });
    this.#live.set(id, live);
    void live.settled.then(() => {
      this.#live.delete(id);
      if (live.stopped !== undefined) this.#stops.set(id, stopOf(live.stopped, state.start));
    });
  }

  /** The next file of a run. */
  async #next({ state, end }: ReadRun): Promise<JournalWriter> {
    const { start, startedAtMs } = state;
    return this.#folders.write(this.#lockOf(), { run: start, startedAtMs, after: end });
  }

  async #resumeOne(id: string): Promise<boolean> {
    if (this.#live.has(id) || this.#ended.has(id)) return false;
    // What cannot be read says so in its status, and holds up no other.
    const read = await this.#folders.read(id).catch(() => undefined);
    if (read === undefined) return false;
    if (read.state.ended !== undefined) {
      this.#noteEnd(read.state);
      return false;
    }
    if (unknownFlow(this.#flows, read.state) !== undefined) return false;
    try {
      await this.#takeUp(read);
    } catch (error) {
      if (!(error instanceof TalosFlowError && error.reason === 'held')) throw error;
      this.#stops.set(id, error);
      return false;
    }
    return true;
  }

  /** Keeps how a run ended: to read it all again takes time. */
  #noteEnd(state: RunState): RunStatus {
    const status = statusOf(state, {});
    // Its end may be on the disk although this was not known.
    this.#release(status.id);
    this.#ended.set(status.id, status);
    return status;
  }

  /** Why a run that is left cannot go on, or did not. */
  #whyNot(state: RunState): TalosFlowError | undefined {
    return unknownFlow(this.#flows, state) ?? this.#stops.get(state.start.id);
  }

  #lockOf(): DirectoryLock {
    this.#checkOpen();
    return this.#lock as DirectoryLock;
  }

  #checkOpen(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /** As `Turns.run`, as long as the runner is open. */
  #inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    return this.#turns.run(id, async () => {
      this.#checkOpen();
      try {
        return await act();
      } catch (error) {
        throw diskError(this.#folders.directory, error);
      }
    });
  }
}
