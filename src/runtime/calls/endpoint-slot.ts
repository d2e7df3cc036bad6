import type { Carrier, Connection, ConnectionOwner } from '../carriers/carrier.js';
import type { Endpoint } from '../dial/endpoint.js';
import type { Clock } from './clock.js';

/** Is told how the attempts of a slot to connect end. */
export interface SlotOwner {
  slotReady(slot: EndpointSlot, connection: Connection): void;
  slotFailed(slot: EndpointSlot): void;
}

/** How long an endpoint that failed is left alone, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** What a slot connects with. */
export interface SlotParts {
  readonly carrier: Carrier;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

/** One endpoint with its connection, if there is one, and what is known about it. */
export class EndpointSlot implements ConnectionOwner {
  readonly endpoint: Endpoint;
  /** The connection that takes calls. */
  ready: Connection | undefined;
  /** Whether an attempt to connect is under way. */
  connecting = false;
  /** Why the last attempt failed. */
  lastError: Error | undefined;
  readonly #parts: SlotParts;
  readonly #owner: SlotOwner;
  /** Connections that are not closed yet, those included whose last streams run out. */
  readonly #connections = new Set<Connection>();
  #failures = 0;
  #restUntil = -Infinity;
  #closed = false;

  constructor(endpoint: Endpoint, parts: SlotParts, owner: SlotOwner) {
    this.endpoint = endpoint;
    this.#parts = parts;
    this.#owner = owner;
  }

  /** Whether it failed so recently that it is left alone for now. */
  get resting(): boolean {
    return this.#parts.clock.now() < this.#restUntil;
  }

  /** How far the attempt to connect has come, for people. */
  get progress(): string {
    for (const connection of this.#connections) {
      if (connection !== this.ready) return connection.progress;
    }
    return 'nobody answered';
  }

  /** Starts an attempt to connect, unless there is one or a connection. */
  connect(): void {
    if (this.connecting || this.ready !== undefined || this.#closed) return;
    this.connecting = true;
    this.#connections.add(this.#parts.carrier.connect(this.endpoint, this));
  }

  connected(connection: Connection): void {
    this.connecting = false;
    this.ready = connection;
    this.lastError = undefined;
    this.#failures = 0;
    this.#restUntil = -Infinity;
    this.#owner.slotReady(this, connection);
  }

  failed(connection: Connection, error: Error): void {
    this.#connections.delete(connection);
    this.connecting = false;
    if (this.#closed) return;
    this.lastError = error;
    this.#rest();
    this.#owner.slotFailed(this);
  }

  lost(connection: Connection): void {
    if (this.ready === connection) this.ready = undefined;
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #rest(): void {
    const { backoff, clock } = this.#parts;
    const restMs = Math.min(backoff.firstMs * 1.6 ** this.#failures, backoff.maxMs);
    this.#failures += 1;
    // Clients that lost the same endpoint should not come back at the same moment.
    this.#restUntil = clock.now() + restMs * (0.8 + Math.random() * 0.4);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.connecting = false;
    this.ready = undefined;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    this.#connections.clear();
  }
}
