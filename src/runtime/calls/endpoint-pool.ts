import type { Connection } from '../carriers/carrier.js';
import type { Endpoint } from '../dial/endpoint.js';
import type { Clock } from './clock.js';
import type { EndpointSlot, SlotOwner, SlotParts } from './endpoint-slot.js';

/** Milliseconds that an endpoint is connected alone, before the next one is tried too. */
const HEAD_START_MS = 250;

/** Waits for a connection. One of the two is called, once. */
export interface Waiter {
  connected(connection: Connection): void;
  /** No endpoint can be reached. `slots` say why. */
  unreachable(slots: readonly EndpointSlot[]): void;
}

/**
 * The endpoints of a client. Calls go to the connected ones in turn, starting with any. The others
 * are connected meanwhile, so that a call waits only while there is no connection at all. A failed
 * endpoint is left alone for a while; see `Rest`. A sick one is left out for longer, but never the
 * last one; see `Ejection`.
 */
export class EndpointPool implements SlotOwner {
  readonly slots: readonly EndpointSlot[];
  /** For each call that waits, the endpoints that may still become its connection. */
  readonly #waiters = new Map<Waiter, Set<EndpointSlot>>();
  #turn: number;
  #headStart: unknown;
  readonly #clock: Clock;

  constructor(
    { clock, random }: Pick<SlotParts, 'clock' | 'random'>,
    makeSlots: (owner: SlotOwner) => readonly EndpointSlot[],
  ) {
    this.#clock = clock;
    this.slots = makeSlots(this);
    this.#turn = Math.floor(random() * this.slots.length);
  }

  /**
   * The connection whose turn it is; absent when there is none yet.
   *
   * @param avoid endpoints that failed the call already
   */
  ready(avoid?: ReadonlySet<Endpoint>): Connection | undefined {
    const { slots } = this;
    const count = slots.length;
    if (count === 1 && avoid === undefined) return slots[0]?.ready;
    if (slots.some((slot) => slot.ready !== undefined)) this.#widen();
    for (let step = 0; step < count; step += 1) {
      const index = (this.#turn + step) % count;
      const slot = slots[index] as EndpointSlot;
      if (slot.ready === undefined || slot.out || avoid?.has(slot.endpoint)) continue;
      this.#turn = index + 1;
      return slot.ready;
    }
    return undefined;
  }

  /**
   * Connects for `waiter`, which is told later, or at once when there is nothing to wait for.
   *
   * @param avoid endpoints that failed the call already: they are tried last
   */
  wait(waiter: Waiter, avoid?: ReadonlySet<Endpoint>): void {
    const awake = this.slots.filter((slot) => !slot.resting);
    const healthy = awake.filter((slot) => !slot.out);
    // Those that are left out are better than none, and not worse than those that failed last time.
    const rested = healthy.some((slot) => slot.lastError === undefined) ? healthy : awake;
    const fresh = rested.filter(({ endpoint }) => !avoid?.has(endpoint));
    const open = fresh.length > 0 ? fresh : rested;
    const ready = open.find((slot) => slot.ready !== undefined)?.ready;
    if (ready !== undefined) {
      waiter.connected(ready);
    } else if (open.length === 0) {
      waiter.unreachable(this.slots);
    } else {
      this.#waiters.set(waiter, new Set(open));
      this.#advance();
    }
  }

  /** Whether there is an endpoint to call, besides those in `tried`. */
  hasOther(tried: ReadonlySet<Endpoint>): boolean {
    return this.slots.some((slot) => !slot.resting && !slot.out && !tried.has(slot.endpoint));
  }

  /** Milliseconds until there is an endpoint that is not left alone. */
  get restMs(): number {
    return Math.min(...this.slots.map((slot) => slot.restMs));
  }

  /** The call no longer waits. */
  leave(waiter: Waiter): void {
    if (this.#waiters.delete(waiter) && this.#waiters.size === 0) this.#stopHeadStart();
  }

  /** A call heard nothing on `connection`: is its endpoint silent? */
  suspect(connection: Connection): void {
    for (const slot of this.slots) {
      if (slot.endpoint === connection.endpoint) slot.suspect(connection);
    }
  }

  canSpare(slot: EndpointSlot): boolean {
    return this.slots.some((other) => other !== slot && !other.out);
  }

  slotReady(slot: EndpointSlot, connection: Connection): void {
    if (this.#waiters.size > 0) this.#turn = this.slots.indexOf(slot) + 1;
    for (const [waiter, open] of [...this.#waiters]) {
      if (!open.has(slot)) continue;
      this.#waiters.delete(waiter);
      waiter.connected(connection);
    }
    this.#advance();
  }

  slotFailed(slot: EndpointSlot): void {
    for (const [waiter, open] of [...this.#waiters]) {
      open.delete(slot);
      if (open.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.unreachable(this.slots);
    }
    this.#advance();
  }

  slotLost(): void {
    this.#advance();
  }

  async close(): Promise<void> {
    this.#stopHeadStart();
    this.#waiters.clear();
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  /** Keeps an endpoint connecting as long as calls wait. */
  #advance(): void {
    this.#stopHeadStart();
    if (this.#waiters.size === 0) return;
    if (!this.slots.some((slot) => slot.connecting)) this.#connectNext();
    if (this.#next() !== undefined) {
      this.#headStart = this.#clock.start(HEAD_START_MS, headStartOver, this as EndpointPool);
    }
  }

  /** @internal The head start of an endpoint is over: the next one is tried too. */
  headStartOver(): void {
    this.#connectNext();
    this.#advance();
  }

  /** The endpoint to connect next for the calls that wait. */
  #next(): EndpointSlot | undefined {
    for (let step = 0; step < this.slots.length; step += 1) {
      const slot = this.slots[(this.#turn + step) % this.slots.length] as EndpointSlot;
      if (slot.connecting || slot.ready !== undefined) continue;
      for (const open of this.#waiters.values()) if (open.has(slot)) return slot;
    }
    return undefined;
  }

  #connectNext(): void {
    const slot = this.#next();
    if (slot === undefined) return;
    this.#turn = this.slots.indexOf(slot);
    slot.connect();
  }

  /** Connects one more endpoint while others serve the calls. */
  #widen(): void {
    const { slots } = this;
    if (slots.some((slot) => slot.connecting)) return;
    for (let step = 0; step < slots.length; step += 1) {
      const slot = slots[(this.#turn + step) % slots.length] as EndpointSlot;
      if (slot.ready !== undefined || !slot.due) continue;
      slot.connect();
      return;
    }
  }

  #stopHeadStart(): void {
    this.#clock.stop(this.#headStart);
    this.#headStart = undefined;
  }
}

function headStartOver(pool: EndpointPool): void {
  pool.headStartOver();
}
