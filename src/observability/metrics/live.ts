import type {
  BreakerMessage,
  BreakerState,
  CallMessage,
  ClientMessage,
  ConnectionMessage,
  EjectionMessage,
  ObservedClient,
  Subscriber,
} from '../../runtime/diagnostics/index.js';
import { type Attributes, serverOf } from '../attributes.js';
import type { ReadMetric } from './definitions.js';

/** One value of a metric. */
export interface Reading {
  readonly value: number;
  readonly attributes: Attributes;
}

/** What is going on at the moment, for metrics that are read: calls, connections, certificates. */
export class Live implements Subscriber {
  readonly #clients = new Set<ObservedClient>();
  readonly #calls = new Set<CallMessage>();
  /** By the number of the connection. */
  readonly #connections = new Map<number, ConnectionMessage>();
  readonly #ejected = new Map<ObservedClient, Set<string>>();
  /** The breakers that are not closed. */
  readonly #breakers = new Map<ObservedClient, Map<string, BreakerState>>();
  /** What was read last. */
  readonly #once = new Map<ReadMetric, Readings>();
  /** The messages of streams that have ended. */
  readonly #messages = new Readings((sum, value) => sum + value);

  client({ client, state }: ClientMessage): void {
    if (state === 'opened') {
      this.#clients.add(client);
      return;
    }
    this.#clients.delete(client);
    this.#ejected.delete(client);
    this.#breakers.delete(client);
    for (const [id, connection] of this.#connections) {
      if (connection.client === client) this.#connections.delete(id);
    }
  }

  callStarted(call: CallMessage): void {
    this.#clients.add(call.client);
    this.#calls.add(call);
  }

  callEnded(call: CallMessage): void {
    if (this.#calls.delete(call) && isStream(call)) {
      this.#messages.add(call.received.messages, methodOf(call));
    }
  }

  connection(message: ConnectionMessage): void {
    const { client, id, state } = message;
    if (state === 'failed' || state === 'closed') {
      this.#connections.delete(id);
    } else {
      this.#clients.add(client);
      this.#connections.set(id, message);
    }
  }

  ejection({ client, endpoint, state }: EjectionMessage): void {
    this.#clients.add(client);
    const ejected = this.#ejected.get(client) ?? new Set();
    this.#ejected.set(client, ejected);
    if (state === 'ejected') ejected.add(endpoint);
    else if (state === 'readmitted') ejected.delete(endpoint);
  }

  breaker({ client, node, state }: BreakerMessage): void {
    const breakers = this.#breakers.get(client) ?? new Map();
    this.#breakers.set(client, breakers);
    if (state === 'closed') breakers.delete(node);
    else breakers.set(node, state);
  }

  /** All values of a metric. */
  read(metric: ReadMetric): Iterable<Reading> {
    switch (metric) {
      case 'inFlight':
        return this.#withZeros(metric, this.#inFlight());
      case 'streamMessages':
        return this.#streamMessages();
      case 'connections':
        return this.#withZeros(metric, this.#connectionStates());
      case 'ejected':
        return this.#withZeros(metric, this.#ejectedEndpoints());
      case 'breakerState':
        return this.#withZeros(metric, this.#breakerStates());
      case 'certificateExpiry':
        return this.#expiries();
    }
  }

  /** What was there once is zero now: OpenTelemetry would repeat the value that it read last. */
  #withZeros(metric: ReadMetric, readings: Readings): Readings {
    for (const { attributes } of this.#once.get(metric) ?? []) readings.add(0, attributes);
    this.#once.set(metric, readings);
    return readings;
  }

  #inFlight(): Readings {
    const readings = new Readings((sum, value) => sum + value);
    for (const call of this.#calls) readings.add(1, methodOf(call));
    return readings;
  }

  #streamMessages(): Iterable<Reading> {
    const readings = new Readings((sum, value) => sum + value, this.#messages);
    for (const call of this.#calls) {
      if (isStream(call)) readings.add(call.received.messages, methodOf(call));
    }
    return readings;
  }

  #connectionStates(): Readings {
    const readings = new Readings((sum, value) => sum + value);
    // An endpoint without a connection is what alerts look for.
    for (const { endpoint } of this.#endpoints()) {
      readings.add(0, { 'talos.endpoint': endpoint, 'talos.state': 'ready' });
    }
    for (const { endpoint, state } of this.#connections.values()) {
      readings.add(1, { 'talos.endpoint': endpoint, 'talos.state': state });
    }
    return readings;
  }

  #ejectedEndpoints(): Readings {
    const readings = new Readings(Math.max);
    for (const { client, endpoint } of this.#endpoints()) {
      const isEjected = this.#ejected.get(client)?.has(endpoint) === true;
      readings.add(isEjected ? 1 : 0, { 'talos.endpoint': endpoint });
    }
    return readings;
  }

  #breakerStates(): Readings {
    const readings = new Readings(Math.max);
    for (const breakers of this.#breakers.values()) {
      for (const [node, state] of breakers) {
        readings.add(state === 'open' ? 2 : 1, { 'talos.node': node });
      }
    }
    return readings;
  }

  #expiries(): Iterable<Reading> {
    const readings = new Readings(Math.min);
    for (const client of this.#clients) {
      const { certificate } = client;
      if (certificate === undefined) continue;
      readings.add(certificate.notAfter.getTime() / 1000, {
        'server.address': client.endpoints.join(','),
      });
    }
    return readings;
  }

  *#endpoints(): Iterable<{ readonly client: ObservedClient; readonly endpoint: string }> {
    for (const client of this.#clients) {
      for (const endpoint of client.endpoints) yield { client, endpoint };
    }
  }
}

/** Values by their attributes; two with the same become one. */
class Readings implements Iterable<Reading> {
  readonly #byKey: Map<string, Reading>;
  readonly #join: (one: number, other: number) => number;

  constructor(join: (one: number, other: number) => number, before?: Readings) {
    this.#join = join;
    this.#byKey = new Map(before === undefined ? undefined : before.#byKey);
  }

  add(value: number, attributes: Attributes): void {
    const key = JSON.stringify(attributes);
    const known = this.#byKey.get(key);
    const joined = known === undefined ? value : this.#join(known.value, value);
    this.#byKey.set(key, { value: joined, attributes });
  }

  [Symbol.iterator](): Iterator<Reading> {
    return this.#byKey.values();
  }
}

function isStream({ kind }: CallMessage): boolean {
  return kind === 'server-stream' || kind === 'duplex';
}

function methodOf({ rpc, client, cluster }: CallMessage): Attributes {
  const { 'server.address': address = '' } = serverOf(client, cluster);
  return { 'rpc.method': rpc, 'server.address': address };
}
