import { join } from 'node:path';
import { sleep } from '../../reconnect/sleep.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import { failureOf } from '../engine/failure.js';
import type { FlowTable } from '../engine/flow-table.js';
import { checkRunId } from '../engine/names.js';
import type { FlowParts } from '../engine/parts.js';
import { checkSame } from '../engine/same-run.js';
import { startOf } from '../engine/start.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { FleetRun, FleetRunner, RunStatus, StartOptions } from '../runner.js';
import type { Disk } from './disk.js';
import { JournalRun, type Runs } from './handle.js';
import type { Host } from './host.js';
import { LiveRun } from './live-run.js';
import type { DirectoryLock } from './lock.js';
import type { FlowStart, JournalRecord } from './records.js';
import { RunState } from './run-state.js';
import { beginSegment, type ReadRun, readRun, type SegmentBegin } from './segments.js';
import { statusOf, unreadable } from './status.js';
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

/** What the runner stands on. */
export interface JournalParts {
  readonly flow: FlowParts;
  readonly disk: Disk;
  readonly host: Host;
}

/** How long steps that were broken off may take to stop. */
const STOPPING_MS = 5000;

/** The runs of a directory whose lock is ours. */
export class Runner implements JournalRunner, Runs {
  readonly #directory: string;
  readonly #flows: FlowTable;
  readonly #parts: JournalParts;
  readonly #live = new Map<string, LiveRun>();
  /** Why runs were stopped. */
  readonly #stops = new Map<string, TalosFlowError>();
  /** Of runs that have ended, which do not change any more. */
  readonly #ended = new Map<string, RunStatus>();
  /** What is done to a run is done one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #bodies = new Set<Promise<unknown>>();
  #lock: DirectoryLock | undefined;
  #end: TalosFlowError | undefined;

  constructor(directory: string, flows: FlowTable, parts: JournalParts) {
    this.#directory = directory;
    this.#flows = flows;
    const track = (body: Promise<unknown>): void => {
      this.#bodies.add(body);
      const over = (): boolean => this.#bodies.delete(body);
      body.then(over, over);
    };
    this.#parts = { ...parts, flow: { ...parts.flow, track } };
  }

  /** The lock is ours. */
  async begin(lock: DirectoryLock): Promise<void> {
    this.#lock = lock;
    const { disk } = this.#parts;
    for (const name of await disk.list(this.#directory)) {
      if (name.startsWith('forgotten-')) await disk.remove(join(this.#directory, name));
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
      const read = await this.#read(id);
      if (read === undefined) return this.#begin(start);
      checkSame(read.state.start, start);
      if (read.state.ended === undefined) await this.#takeUp(read);
    });
    return new JournalRun<O>(id, this);
  }

  async resume(): Promise<readonly FleetRun<Json>[]> {
    this.#checkOpen();
    const taken: FleetRun<Json>[] = [];
    for (const id of await this.#ids()) {
      if (await this.#inTurn(id, () => this.#resumeOne(id))) {
        taken.push(new JournalRun<Json>(id, this));
      }
    }
    return taken;
  }

  async get(id: string): Promise<FleetRun<Json> | undefined> {
    checkRunId(id, 'get');
    const isThere = await this.#read(id).catch(() => true);
    return isThere === undefined ? undefined : new JournalRun<Json>(id, this);
  }

  async list(): Promise<readonly RunStatus[]> {
    const found: RunStatus[] = [];
    for (const id of await this.#ids()) {
      // It may be one of which not even the begin is on the disk.
      const status = await this.statusOf(id).catch(() => undefined);
      if (status !== undefined) found.push(status);
    }
    return found;
  }

  async forget(id: string): Promise<void> {
    checkRunId(id, 'forget');
    await this.#inTurn(id, async () => {
      const read = await this.#read(id).catch(() => undefined);
      if (read !== undefined && read.state.ended === undefined) {
        throw new TalosConfigError(`forget: id: the run ${id} has not ended: cancel it first`, {
          field: 'id',
        });
      }
      const { disk } = this.#parts;
      const gone = join(this.#directory, `forgotten-${id}`);
      await disk.remove(gone);
      // In one step, so that nobody finds a part of it.
      await disk.rename(this.#folder(id), gone);
      await disk.remove(gone);
      this.#ended.delete(id);
      this.#stops.delete(id);
    });
  }

  async close(): Promise<void> {
    this.end(new TalosFlowError('the runner is closed', { reason: 'closed' }));
    await Promise.allSettled(this.#turns.values());
    await Promise.all([...this.#live.values()].map(({ settled }) => settled));
    await this.#untilStopped();
    await this.#lock?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  live(id: string): LiveRun | undefined {
    return this.#live.get(id);
  }

  async stateOf(id: string): Promise<RunState> {
    return (await this.#known(id)).state;
  }

  async statusOf(id: string): Promise<RunStatus> {
    const known = this.#ended.get(id);
    if (known !== undefined) return known;
    const live = this.#live.get(id);
    if (live !== undefined) return statusOf(live.state, { waits: live.waits });
    try {
      const state = await this.stateOf(id);
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
    const { flow, id } = state.start;
    return (
      this.#whyNot(state) ??
      new TalosFlowError('nobody works on the run', {
        flow,
        id,
        reason: 'closed',
        hint: 'take it up with resume()',
      })
    );
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
      const read = await this.#known(id);
      if (read.state.ended === undefined) await this.#note(read, this.#wordFor(read.state, record));
    });
  }

  /** A run that nobody can bring to its end is over when it is cancelled. */
  #wordFor(state: RunState, record: JournalRecord): JournalRecord {
    const why = this.#unknownFlow(state);
    if (why === undefined || record.kind !== 'asked' || record.word !== 'cancel') return record;
    const message = `the run was cancelled where it stood, since ${why.problem}`;
    const hint = 'look at its nodes: some may be cordoned or half done';
    return {
      kind: 'over',
      id: state.start.id,
      ended: { state: 'failed', error: { message, code: 'flow', reason: 'cancelled', hint } },
      atMs: this.#parts.flow.wallMs(),
    };
  }

  async #note(read: ReadRun, record: JournalRecord): Promise<void> {
    const writer = await this.#next(read);
    try {
      await writer.append(record);
    } finally {
      await writer.close();
    }
  }

  async #begin(start: FlowStart): Promise<void> {
    const startedAtMs = this.#parts.flow.wallMs();
    const writer = await this.#segment({ run: start, startedAtMs, after: undefined });
    this.#work(new RunState(start, startedAtMs), writer);
  }

  async #takeUp(read: ReadRun): Promise<void> {
    this.#work(read.state, await this.#next(read));
  }

  #work(state: RunState, writer: JournalWriter): void {
    const { id } = state.start;
    this.#stops.delete(id);
    const live = new LiveRun(state, {
      writer,
      lock: this.#lockOf(),
      flows: this.#flows,
      parts: this.#parts.flow,
    });
    this.#live.set(id, live);
    if (this.#end !== undefined) live.stop(this.#end);
    void live.settled.then(() => {
      this.#live.delete(id);
      if (live.stopped !== undefined) this.#stops.set(id, stopOf(live.stopped, state.start));
    });
  }

  /** The next file of a run. */
  #next({ state, end }: ReadRun): Promise<JournalWriter> {
    const { start, startedAtMs } = state;
    return this.#segment({ run: start, startedAtMs, after: end });
  }

  async #segment(begin: SegmentBegin): Promise<JournalWriter> {
    const lock = this.#lockOf();
    await lock.confirm();
    return beginSegment(this.#parts.disk, this.#folder(begin.run.id), lock.number, begin);
  }

  async #resumeOne(id: string): Promise<boolean> {
    if (this.#live.has(id) || this.#ended.has(id)) return false;
    // What cannot be read says so in its status, and holds up no other.
    const read = await this.#read(id).catch(() => undefined);
    if (read === undefined) return false;
    if (read.state.ended !== undefined) {
      this.#noteEnd(read.state);
      return false;
    }
    if (this.#unknownFlow(read.state) !== undefined) return false;
    await this.#takeUp(read);
    return true;
  }

  /** Keeps how a run ended: to read it all again takes time. */
  #noteEnd(state: RunState): RunStatus {
    const status = statusOf(state, {});
    this.#ended.set(status.id, status);
    return status;
  }

  /** Why a run that is left cannot go on, or did not. */
  #whyNot(state: RunState): TalosFlowError | undefined {
    return this.#unknownFlow(state) ?? this.#stops.get(state.start.id);
  }

  /** Why flows of a run cannot go on here, where the runner was given others. */
  #unknownFlow(state: RunState): TalosFlowError | undefined {
    for (const { start, ended } of state.flows.values()) {
      if (ended !== undefined) continue;
      try {
        this.#flows.find(start);
      } catch (error) {
        return error as TalosFlowError;
      }
    }
    return undefined;
  }

  /** @throws {TalosConfigError} when there is no such run */
  async #known(id: string): Promise<ReadRun> {
    const read = await this.#read(id);
    if (read !== undefined) return read;
    throw new TalosConfigError(`there is no run ${id} in ${this.#directory}`, { field: 'id' });
  }

  #read(id: string): Promise<ReadRun | undefined> {
    return readRun(this.#parts.disk, this.#folder(id), id);
  }

  async #ids(): Promise<readonly string[]> {
    return [...(await this.#parts.disk.list(join(this.#directory, 'runs')))].sort();
  }

  #folder(id: string): string {
    return join(this.#directory, 'runs', id);
  }

  #lockOf(): DirectoryLock {
    this.#checkOpen();
    return this.#lock as DirectoryLock;
  }

  #checkOpen(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /** Runs `act` after whatever is done to the run already. */
  async #inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(id) ?? Promise.resolve();
    const turn = before.then(
      () => this.#acted(act),
      () => this.#acted(act),
    );
    this.#turns.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }

  async #acted<T>(act: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await act();
    } catch (error) {
      throw diskError(this.#directory, error);
    }
  }

  /** Waits for steps that were broken off, but not for ever. */
  async #untilStopped(): Promise<void> {
    if (this.#bodies.size === 0) return;
    const enough = new AbortController();
    const { clock } = this.#parts.flow;
    const late = sleep(clock, STOPPING_MS, enough.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#bodies), late]);
    enough.abort();
  }
}

/** Why the work on a run was stopped, also where it was a fault of the program. */
function stopOf(error: unknown, { flow, id }: FlowStart): TalosFlowError {
  if (error instanceof TalosFlowError) return error;
  return new TalosFlowError(messageOf(error), { flow, id, reason: 'failed' }, { cause: error });
}
