import { connections, ejections } from './channels.js';
import type {
  ConnectionMessage,
  ConnectionState,
  EjectionMessage,
  ObservedClient,
} from './messages.js';

/** What is known of a connection that somebody watches. */
interface Watched {
  readonly id: number;
  readonly sinceMs: number;
}

let latest = 0;

/** Tells those who watch what happens to one endpoint and its connections. */
export class EndpointTrace {
  readonly #client: ObservedClient;
  readonly #endpoint: string;
  readonly #now: () => number;
  readonly #watched = new WeakMap<object, Watched>();
  /** The attempt to connect that has no connection yet. */
  #next: Watched | undefined;

  constructor(client: ObservedClient, endpoint: string, now: () => number) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /** An attempt to connect begins. */
  connecting(): void {
    if (!connections.hasSubscribers) return;
    this.#next = this.#watch();
    this.#publish(this.#next, 'connecting', undefined);
  }

  /** @param connection the connection, whatever the carrier calls it */
  ready(connection: object): void {
    if (connections.hasSubscribers) this.#changed(connection, 'ready', undefined);
  }

  failed(connection: object, error: Error): void {
    if (connections.hasSubscribers) this.#over(connection, 'failed', error);
  }

  doubted(connection: object): void {
    if (connections.hasSubscribers) this.#changed(connection, 'doubted', undefined);
  }

  lost(connection: object, error: Error | undefined): void {
    if (connections.hasSubscribers) this.#changed(connection, 'lost', error);
  }

  /** Says nothing about a connection that failed, that is closed already, or that nobody saw. */
  closed(connection: object): void {
    if (!connections.hasSubscribers || !this.#watched.has(connection)) return;
    this.#over(connection, 'closed', undefined);
  }

  /** The endpoint is left out for `forMs` milliseconds after `failures` in a row. */
  ejected(forMs: number, failures: number, error: Error | undefined): void {
    if (!ejections.hasSubscribers) return;
    ejections.publish({
      client: this.#client,
      endpoint: this.#endpoint,
      state: 'ejected',
      forMs,
      failures,
      error,
    } satisfies EjectionMessage);
  }

  /** The endpoint that was left out is asked whether it answers. */
  probing(): void {
    this.#tell('probing');
  }

  /** The endpoint takes calls again. */
  readmitted(): void {
    this.#tell('readmitted');
  }

  #tell(state: 'probing' | 'readmitted'): void {
    if (!ejections.hasSubscribers) return;
    ejections.publish({
      client: this.#client,
      endpoint: this.#endpoint,
      state,
    } satisfies EjectionMessage);
  }

  #changed(connection: object, state: ConnectionState, error: Error | undefined): void {
    let watched = this.#watched.get(connection);
    if (watched === undefined) {
      watched = this.#next ?? this.#watch();
      this.#next = undefined;
      this.#watched.set(connection, watched);
    }
    this.#publish(watched, state, error);
  }

  #over(connection: object, state: 'failed' | 'closed', error: Error | undefined): void {
    this.#changed(connection, state, error);
    this.#watched.delete(connection);
  }

  #watch(): Watched {
    latest += 1;
    return { id: latest, sinceMs: this.#now() };
  }

  #publish({ id, sinceMs }: Watched, state: ConnectionState, error: Error | undefined): void {
    connections.publish({
      client: this.#client,
      id,
      endpoint: this.#endpoint,
      state,
      error,
      ageMs: this.#now() - sinceMs,
    } satisfies ConnectionMessage);
  }
}
