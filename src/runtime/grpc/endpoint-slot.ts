import { ConnectionError } from '../credentials/connection-error.js';
import type { ChannelSecurity, Credentials } from '../credentials/credentials.js';
import type { Endpoint } from '../endpoints.js';
import type { ProxyRoute } from '../proxy/proxy.js';
import { Connection, type ConnectionOwner } from './connection.js';
import type { ConnectionSettings } from './options.js';
import { Rest } from './rest.js';

/** Is told how the attempts of a slot to connect end. */
export interface SlotOwner {
  slotReady(slot: EndpointSlot, connection: Connection): void;
  slotFailed(slot: EndpointSlot): void;
  /** The connection that was asked whether it is still there is given up. */
  slotLost(slot: EndpointSlot): void;
}

/** One endpoint with its connection, if there is one, and what is known about it. */
export class EndpointSlot implements ConnectionOwner {
  readonly endpoint: Endpoint;
  /** The connection that takes calls. */
  ready: Connection | undefined;
  /** Whether a connection may soon be ready: a new one, or one that is asked if it is still there. */
  connecting = false;
  /** Why the last attempt failed. */
  lastError: Error | undefined;
  readonly #credentials: Credentials;
  readonly #route: ProxyRoute;
  readonly #settings: ConnectionSettings;
  readonly #owner: SlotOwner;
  /** Connections that are not closed yet, those included whose last streams run out. */
  readonly #connections = new Set<Connection>();
  /** The connection that is asked whether it is still there. */
  #doubted: Connection | undefined;
  #security: Promise<ChannelSecurity> | undefined;
  #keepaliveMs: number | undefined;
  readonly #rest: Rest;
  #closed = false;

  constructor(
    endpoint: Endpoint,
    parts: { credentials: Credentials; route: ProxyRoute; settings: ConnectionSettings },
    owner: SlotOwner,
  ) {
    this.endpoint = endpoint;
    this.#credentials = parts.credentials;
    this.#route = parts.route;
    this.#settings = parts.settings;
    this.#keepaliveMs = parts.settings.keepaliveMs;
    this.#rest = new Rest(parts.settings.firstBackoffMs, parts.settings.maxBackoffMs);
    this.#owner = owner;
  }

  /** Whether it failed so recently that it is left alone for now. */
  get resting(): boolean {
    return this.#rest.now;
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
    void this.#start();
  }

  async #start(): Promise<void> {
    try {
      this.#security ??= (async () => this.#credentials.channel(this.endpoint))();
      const security = await this.#security;
      if (this.#closed) return;
      this.#connections.add(
        new Connection(
          {
            endpoint: this.endpoint,
            settings: this.#settings,
            security,
            route: this.#route,
            keepaliveMs: this.#keepaliveMs,
          },
          this,
        ),
      );
    } catch (error) {
      this.#security = undefined;
      this.#attemptFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  connected(connection: Connection): void {
    this.connecting = false;
    this.ready = connection;
    this.lastError = undefined;
    this.#owner.slotReady(this, connection);
  }

  failed(connection: Connection, error: Error): void {
    this.#connections.delete(connection);
    this.#attemptFailed(error);
  }

  doubted(connection: Connection): void {
    if (this.ready !== connection) return;
    this.ready = undefined;
    this.connecting = true;
    this.#doubted = connection;
  }

  /** An endpoint that answers is none that fails, even if its connections end at once. */
  proved(): void {
    this.#rest.proved();
  }

  lost(connection: Connection): void {
    const doubted = this.#doubted === connection;
    if (!doubted && this.ready !== connection) return;
    this.ready = undefined;
    this.#doubted = undefined;
    if (connection.wasInVain && !this.#rest.forgives()) {
      const { address } = this.endpoint;
      const text = doubted
        ? `${address} accepted the connection, and then answered no call and no PING`
        : `${address} ended the connection before it had answered any call`;
      this.#attemptFailed(connection.broken ?? new ConnectionError('interrupted', text));
    } else if (doubted) {
      this.connecting = false;
      this.#owner.slotLost(this);
    }
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** The node found that there are too many pings: the next connection asks half as often. */
  pingLess(): void {
    if (this.#keepaliveMs !== undefined)
      this.#keepaliveMs = Math.min(this.#keepaliveMs * 2, 2 ** 31 - 1);
  }

  #attemptFailed(error: Error): void {
    this.connecting = false;
    if (this.#closed) return;
    this.lastError = error;
    this.#rest.failed();
    this.#owner.slotFailed(this);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.connecting = false;
    this.ready = undefined;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    this.#connections.clear();
  }
}
