import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { isWithin } from '../engine/is-within.js';
import type { Begun, ChildStart, Ended, FlowMemory, Hold, ToldRow } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { Json } from '../json.js';
import type { Holds } from './holds.js';
import type { JournalRecord } from './records.js';
import { type FlowState, newStep, type RunState, type StepState } from './run-state.js';

/** A run that is worked on, as its flows see it. */
export interface RunAtWork {
  readonly state: RunState;
  /** Ends when the work on it is stopped. */
  readonly signal: AbortSignal;
  /** Who holds what, in this run and others. */
  readonly holds: Holds;
  /** What is waited for from outside, and by how many flows. */
  readonly waits: Map<string, number>;
  /** Brings a record to the disk, with the rows of its flow. Then it counts. */
  append(record: JournalRecord): Promise<void>;
  /** Makes sure that the run is still ours, and stops the work if it is not. */
  confirm(): Promise<void>;
  /** As `confirm`; does not look where nobody can have taken the run over. */
  confirmCheaply(): Promise<void>;
  /** Starts flows that are not started yet, and those that a death has ended. */
  startChildren(children: readonly ChildStart[]): Promise<void>;
  /**
   * Waits until `is` holds. It is asked when a flow has ended, also one of another run, and after each
   * word from outside.
   */
  until(is: () => boolean, signal: AbortSignal): Promise<void>;
  tell(flow: string, row: ToldRow): void;
}

/** The memory of one flow of a run. */
export class JournalMemory implements FlowMemory {
  readonly id: string;
  readonly cluster: string | undefined;
  readonly signal: AbortSignal;
  readonly #live: RunAtWork;
  readonly #flow: FlowState;
  readonly #places = new Map<string, number>();
  #count = 0;

  constructor(live: RunAtWork, flow: FlowState) {
    this.#live = live;
    this.#flow = flow;
    this.id = flow.start.id;
    this.cluster = flow.start.cluster;
    this.signal = live.signal;
  }

  /** The first of the names that are remembered and did not come this time. */
  get notCalled(): string | undefined {
    return this.#flow.steps[this.#count]?.name;
  }

  async remember(name: string, body: () => Promise<Ended>): Promise<Ended> {
    const at = this.#count;
    this.#count += 1;
    const known = this.#flow.steps[at];
    if (known !== undefined && known.name !== name) throw this.#otherStep(name, known.name);
    if (known?.ended !== undefined) return known.ended;
    this.#places.set(name, at);
    this.#flow.steps[at] ??= newStep(name);
    const ended = await body();
    await this.#live.append({ kind: 'end', id: this.id, at, name, ended });
    return ended;
  }

  async begin(name: string): Promise<Begun> {
    await this.#live.confirmCheaply();
    const at = this.#placeOf(name);
    const { attempts, isUnknown, detail } = this.#stepAt(at);
    await this.#live.append({ kind: 'begin', id: this.id, at, name });
    return { attempt: attempts + 1, isUnknown, detail };
  }

  failed(name: string, error: FlowFailure): Promise<void> {
    return this.#live.append({ kind: 'failed', id: this.id, at: this.#placeOf(name), error });
  }

  heartbeat(name: string, detail: Json): Promise<void> {
    return this.#live.append({ kind: 'detail', id: this.id, at: this.#placeOf(name), detail });
  }

  confirm(): Promise<void> {
    return this.#live.confirm();
  }

  startChildren(children: readonly ChildStart[]): Promise<void> {
    return this.#live.startChildren(children);
  }

  async untilEnded(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Ended>> {
    const { flows } = this.#live.state;
    const ended = (id: string): Ended | undefined => flows.get(id)?.ended;
    await this.#live.until(() => ids.some((id) => ended(id) !== undefined), signal);
    const found = new Map<string, Ended>();
    for (const id of ids) {
      const end = ended(id);
      if (end !== undefined) found.set(id, end);
    }
    return found;
  }

  async untilMayGoOn(signal: AbortSignal, hold?: Hold): Promise<'go on' | 'cancelled'> {
    const { state } = this.#live;
    const mayGoOn = (): boolean => !state.isPaused && (hold === undefined || this.#holds(hold));
    await this.#live.until(() => state.isCancelled || mayGoOn(), signal);
    if (state.isCancelled) return 'cancelled';
    if (hold !== undefined) {
      await this.#live.append({ kind: 'held', id: this.id, what: hold.what });
    }
    return 'go on';
  }

  async untilSent(name: string, signal: AbortSignal): Promise<Json> {
    const { state, waits } = this.#live;
    waits.set(name, (waits.get(name) ?? 0) + 1);
    try {
      await this.#live.until(() => state.sent.has(name), signal);
    } finally {
      const left = (waits.get(name) ?? 1) - 1;
      if (left === 0) waits.delete(name);
      else waits.set(name, left);
    }
    return state.sent.get(name) as Json;
  }

  tell(row: ToldRow): void {
    this.#live.tell(this.id, row);
  }

  #holds({ what, heldBy }: Hold): boolean {
    const holder = this.#live.holds.take(what, this.id);
    if (isWithin(this.id, holder)) return true;
    heldBy(holder);
    return false;
  }

  #placeOf(name: string): number {
    const at = this.#places.get(name);
    if (at === undefined) throw new Error(`${this.id}: ${name} is not under way`);
    return at;
  }

  #stepAt(at: number): StepState {
    return this.#flow.steps[at] as StepState;
  }

  #otherStep(name: string, before: string): TalosFlowError {
    return new TalosFlowError(`${JSON.stringify(before)} came here before`, {
      flow: this.#flow.start.flow,
      id: this.id,
      step: name,
      reason: 'order',
      hint: 'a flow does the same in the same order each time, and needs another version when that changes',
    });
  }
}
