import type { Machine } from '../../base/machine.js';
import { isXid, Xids } from '../../base/random.js';
import { defineTopic } from '../../base/topic.js';
import type { EventInit } from './payload.js';

/** One event as the node keeps it. */
export interface RuntimeEvent {
  /** An xid: ids of later events compare greater. */
  readonly id: string;
  /** The action it belongs to; empty for none. */
  readonly actorId: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly payload: EventInit;
}

/** Where a reader of events begins; at most one of them. */
export type EventTail =
  /** The last so many; -1 is all that are kept. */
  | { readonly events: number }
  /** Those after the event with this id, which need not exist. */
  | { readonly id: string }
  /** Those of the last so many seconds. */
  | { readonly seconds: number };

/**
 * The ids of a node's events. They go on over reboots: a simulated one may be over within a second,
 * the finest that an id tells, and events of the next boot are later still.
 */
const eventIds = defineTopic({
  name: 'event-ids',
  lifetime: 'always',
  create: (machine: Machine) => new Xids(machine.random.fork('events'), machine.cluster.clock),
});

/** How many events a node keeps, and how many of them can still be asked for. */
const CAPACITY = 1000;
const READABLE = 990;

/**
 * The runtime events of a node. They live in memory: another boot begins without any.
 *
 * @example
 * ```ts
 * machine.state(events).emit({ case: 'task', value: { task: 'stopAllServices' } }, actorId);
 * ```
 */
export class Events {
  readonly #machine: Machine;
  readonly #ids: Xids;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  /** The last `CAPACITY`; the first of them has the number `#first`. */
  #kept: RuntimeEvent[] = [];
  #first = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#ids = machine.state(eventIds);
  }

  /** The events that are kept, oldest first. */
  get kept(): readonly RuntimeEvent[] {
    return this.#kept.slice(-CAPACITY);
  }

  /** Tells everybody. `actorId` names the action whose events these are. */
  emit(payload: EventInit, actorId = ''): RuntimeEvent {
    const event = { id: this.#ids.next(), actorId, at: this.#machine.clock.now(), payload };
    this.#kept.push(event);
    // Cut in bulk: dropping one entry per event would move the whole list each time.
    if (this.#kept.length >= 2 * CAPACITY) {
      this.#first += this.#kept.length - CAPACITY;
      this.#kept = this.#kept.slice(-CAPACITY);
    }
    for (const listener of [...this.#listeners]) listener(event);
    return event;
  }

  /** Calls `listener` with each event from now on, until the function it returns is called. */
  onEvent(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An id as the next event would have it. */
  nextId(): string {
    return this.#ids.next();
  }

  /**
   * Reads events from where `tail` says, or from now on, until the node stops or the signal is
   * aborted. A reader that falls behind by more than is kept comes to an end, too.
   *
   * @throws {Error} when the id of the tail is none.
   */
  read(tail: EventTail | undefined, signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    // Decided now, not when the first event is asked for: the caller has subscribed.
    return this.#from(this.#position(tail), signal);
  }

  async *#from(start: number, signal: AbortSignal): AsyncGenerator<RuntimeEvent, void, undefined> {
    const { closingSignal } = this.#machine;
    for (let position = start; !signal.aborted; position++) {
      while (position >= this.#end) {
        if (closingSignal.aborted) return;
        await this.#next(signal, closingSignal);
        if (signal.aborted) return;
      }
      if (this.#end - position > CAPACITY) return;
      yield this.#kept[position - this.#first] as RuntimeEvent;
    }
  }

  /** The number that the next event will have. */
  get #end(): number {
    return this.#first + this.#kept.length;
  }

  #position(tail: EventTail | undefined): number {
    const end = this.#end;
    if (tail === undefined) return end;
    const oldest = Math.max(this.#first, end - READABLE);
    if ('events' in tail) {
      return tail.events < 0 ? oldest : Math.max(oldest, end - tail.events);
    }
    if ('id' in tail) {
      if (!isXid(tail.id)) throw new Error('xid: invalid ID');
      return this.#search(oldest, ({ id }) => id > tail.id);
    }
    const since = this.#machine.clock.now() - tail.seconds * 1000;
    return this.#search(oldest, ({ at }) => at >= since);
  }

  /** The first position from `oldest` on whose event is `late` enough. */
  #search(oldest: number, late: (event: RuntimeEvent) => boolean): number {
    for (let position = oldest; position < this.#end; position++) {
      if (late(this.#kept[position - this.#first] as RuntimeEvent)) return position;
    }
    return this.#end;
  }

  /** Resolves at the next event, or when one of the signals is aborted. */
  #next(...signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        stop();
        for (const signal of signals) signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = this.onEvent(done);
      for (const signal of signals) signal.addEventListener('abort', done);
    });
  }
}

/** The runtime events of a node. */
export const events = defineTopic({
  name: 'events',
  lifetime: 'boot',
  create: (machine: Machine) => new Events(machine),
});
