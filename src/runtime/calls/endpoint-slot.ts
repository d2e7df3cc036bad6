import type { Carrier, Connection, ConnectionOwner } from '../carriers/carrier.js';
import type { ClientTrace } from '../diagnostics/client-trace.js';
import type { EndpointTrace } from '../diagnostics/endpoint-trace.js';
import { ConnectionError } from '../dial/connection-error.js';
import type { Endpoint } from '../dial/endpoint.js';
import type { Clock } from './clock.js';
import { Ejection } from './ejection.js';
import { Probe } from './probe.js';
import { type Backoff, Rest } from './rest.js';

/** Milliseconds. A connection that ends sooner, before any answer, may count as a failure. */
const BRIEF_MS = 10_000;

/** An endpoint that fails this many times in a row is sick. */
const SICK = 3;

/** Is told how the connection attempts of a slot end. */
export interface SlotOwner {
  slotReady(slot: EndpointSlot, connection: Connection): void;
  slotFailed(slot: EndpointSlot): void;
  /** The doubted connection is given up. */
  slotLost(slot: EndpointSlot): void;
  /** Whether there is another endpoint that is not left out. */
  canSpare(slot: EndpointSlot): boolean;
}

/** What a slot connects with. */
export interface SlotParts {
  readonly carrier: Carrier;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
  readonly trace: ClientTrace;
}

/**
 * One endpoint, its connection if there is one, and what is known about it. An endpoint that is sick
 * is left out: it has failed several times in a row, or was silent. It is back when it answers a
 * probe. What an endpoint says about a node is an answer, and never counts against it.
 */
export class EndpointSlot implements ConnectionOwner {
  readonly endpoint: Endpoint;
  /** The connection that takes calls. */
  ready: Connection | undefined;
  /** Whether a connection may soon be ready: a new one, or a doubted one. */
  connecting = false;
  /** Why the last attempt failed. */
  lastError: Error | undefined;
  readonly #parts: SlotParts;
  readonly #owner: SlotOwner;
  /** Connections that are not closed yet, including those whose last streams are still open. */
  readonly #connections = new Set<Connection>();
  /** The doubted connection: its peer was asked whether it is still there. */
  #doubted: Connection | undefined;
  /** When the connection was made, and whether a call was answered on it. */
  #readyAt = 0;
  #proved = false;
  readonly #rest: Rest;
  readonly #ejection: Ejection;
  #probe: Probe | undefined;
  /** The connection over which an endpoint that is left out is asked. */
  #asked: Connection | undefined;
  readonly #trace: EndpointTrace;
  #closed = false;

  constructor(endpoint: Endpoint, parts: SlotParts, owner: SlotOwner) {
    this.endpoint = endpoint;
    this.#parts = parts;
    this.#rest = new Rest(parts);
    this.#ejection = new Ejection(parts.clock, parts.random);
    this.#owner = owner;
    this.#trace = parts.trace.endpoint(endpoint.address);
  }

  /** Whether it failed recently and is left alone for now. */
  get resting(): boolean {
    return this.#rest.now;
  }

  /** Milliseconds for which it is left alone yet. */
  get restMs(): number {
    return this.#rest.leftMs;
  }

  /** Whether it is left out, as long as there is another one. */
  get out(): boolean {
    return this.#ejection.out;
  }

  /** Whether it may be connected now: it is not left out, or it is time to ask whether it is back. */
  get due(): boolean {
    return !this.resting && (!this.out || this.#ejection.due);
  }

  /** How far the attempt to connect has come, in words for messages. */
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
    this.#trace.connecting();
    if (this.out) this.#trace.probing();
    const connection = this.#parts.carrier.connect(this.endpoint, this);
    // It may have failed already.
    if (this.connecting || this.ready === connection) this.#connections.add(connection);
  }

  connected(connection: Connection): void {
    if (this.#doubted === connection) {
      this.#doubted = undefined;
    } else {
      this.#readyAt = this.#parts.clock.now();
      this.#proved = false;
    }
    if (this.out) this.#ask(connection);
    else this.#takeCalls(connection);
  }

  #takeCalls(connection: Connection): void {
    this.connecting = false;
    this.ready = connection;
    this.lastError = undefined;
    this.#trace.ready(connection);
    this.#owner.slotReady(this, connection);
  }

  /** Asks an endpoint that was left out whether it is back. */
  #ask(connection: Connection): void {
    this.#connections.add(connection);
    this.#probe?.stop();
    this.#asked = connection;
    this.#probe = new Probe(connection, this.#parts.clock, (answered) => {
      this.#probe = undefined;
      this.#asked = undefined;
      if (this.#closed) return;
      if (answered) {
        this.#ejection.end();
        this.#trace.readmitted();
        this.#takeCalls(connection);
      } else {
        const error = this.#silence();
        this.#trace.failed(connection, error);
        connection.retire();
        this.#attemptFailed(error);
      }
    });
  }

  failed(connection: Connection, error: Error): void {
    this.#connections.delete(connection);
    this.#trace.failed(connection, error);
    this.#attemptFailed(error);
  }

  /**
   * A call heard nothing on `connection`. That may be the fault of its node, so the endpoint is asked
   * something that it answers by itself.
   */
  suspect(connection: Connection): void {
    if (this.#probe !== undefined || this.out || !this.#owner.canSpare(this)) return;
    if (this.ready !== connection && this.#doubted !== connection) return;
    this.#probe = new Probe(connection, this.#parts.clock, (answered) => {
      this.#probe = undefined;
      if (answered || this.#closed || this.ready !== connection) return;
      const error = this.#silence();
      this.#eject(error);
      connection.retire();
      this.#owner.slotFailed(this);
    });
  }

  #silence(): ConnectionError {
    const { address } = this.endpoint;
    const text = `${address} accepted the connection, and then answered no call`;
    return new ConnectionError('interrupted', text);
  }

  doubted(connection: Connection): void {
    if (this.ready !== connection) return;
    this.ready = undefined;
    this.connecting = true;
    this.#doubted = connection;
    this.#trace.doubted(connection);
  }

  /** An endpoint that answers does not fail, even if its connections end at once. */
  proved(): void {
    this.#proved = true;
    this.#rest.proved();
  }

  lost(connection: Connection, error: Error | undefined): void {
    if (this.#asked === connection) {
      this.#probe?.stop();
      this.#probe = undefined;
      this.#asked = undefined;
      const reason = error ?? this.#unproved();
      this.#trace.failed(connection, reason);
      this.#attemptFailed(reason);
      return;
    }
    const doubted = this.#doubted === connection;
    if (!doubted && this.ready !== connection) return;
    this.ready = undefined;
    this.#doubted = undefined;
    this.#trace.lost(connection, error);
    const brief = !this.#proved && this.#parts.clock.now() - this.#readyAt < BRIEF_MS;
    if (brief && !this.#rest.forgives()) {
      const text = `${this.endpoint.address} accepted the connection, and then answered no call and no PING`;
      const silent = new ConnectionError('interrupted', text);
      this.#attemptFailed(error ?? (doubted ? silent : this.#unproved()));
    } else if (doubted) {
      this.connecting = false;
      // Nobody is there who could be asked.
      if (this.#owner.canSpare(this)) this.#eject(error ?? this.#silence());
      this.#owner.slotLost(this);
    }
  }

  #unproved(): ConnectionError {
    const text = `${this.endpoint.address} ended the connection before it had answered any call`;
    return new ConnectionError('interrupted', text);
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
    this.#trace.closed(connection);
  }

  #attemptFailed(error: Error): void {
    this.connecting = false;
    if (this.#closed) return;
    this.lastError = error;
    this.#rest.failed();
    const sick = this.#rest.failures >= SICK && this.#owner.canSpare(this);
    if (this.out || sick) this.#eject(error);
    this.#owner.slotFailed(this);
  }

  #eject(cause: Error): void {
    this.lastError = cause;
    const forMs = this.#ejection.begin();
    this.#trace.ejected(forMs, this.#rest.failures, cause);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.connecting = false;
    this.ready = undefined;
    this.#probe?.stop();
    await Promise.all(
      [...this.#connections].map(async (connection) => {
        await connection.close();
        this.#trace.closed(connection);
      }),
    );
    this.#connections.clear();
  }
}
