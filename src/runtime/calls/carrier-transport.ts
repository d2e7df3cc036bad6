import type { Carrier } from '../carriers/carrier.js';
import { type BackoffOptions, checkWhole } from '../carriers/options.js';
import type { Init } from '../codec.js';
import type { ClientCertificate, Credentials } from '../credentials/credentials.js';
import { ClientTrace } from '../diagnostics/client-trace.js';
import { type Endpoint, parseEndpoint } from '../dial/endpoint.js';
import { TalosClosedError } from '../errors/closed-error.js';
import { TalosConfigError } from '../errors/config-error.js';
import type { ObservedClient } from '../observed-client.js';
import { checkedBudget, type RetryBudgetOptions } from '../retry-options.js';
import type { TalosStream } from '../stream.js';
import type { Requests, SiblingOptions, Transport, TransportCall } from '../transport.js';
import type { AttemptHook } from './attempt-hook.js';
import { CallServices } from './call-services.js';
import { CallStream } from './call-stream.js';
import { type Clock, machineClock } from './clock.js';
import { EndpointPool } from './endpoint-pool.js';
import { EndpointSlot } from './endpoint-slot.js';
import { ClientStreamCall, UnaryCall } from './one-reply-call.js';
import { encodeRequest } from './request.js';
import type { Backoff } from './rest.js';
import { RetryBudget } from './retry-budget.js';
import { signedAttempts, signingOf } from './signing.js';
import { StreamCall } from './stream-call.js';

/** Options of a transport about its attempts, and those who watch them, whatever carries them. */
export interface AttemptOptions {
  /** Sees every attempt of every call, below the repeats. Default: none. */
  readonly attempts?: AttemptHook | undefined;
  /** A name for those who watch clients with `talos-client/diagnostics`. Default: none. */
  readonly name?: string | undefined;
  /** How many calls may be made again while few succeed. Default: 500, and 100 for each node. */
  readonly retryBudget?: RetryBudgetOptions | undefined;
}

/** Options of a transport's calls that do not depend on the carrier. */
export interface CarrierTransportOptions extends AttemptOptions {
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  readonly backoff?: BackoffOptions | undefined;
}

/** What differs between carriers. */
export interface CarrierParts {
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Where calls begin, and how long rests are. Default: `Math.random`. */
  readonly random?: () => number;
  /** A transport over a carrier of the same kind, with connections of its own. */
  sibling(changes: SiblingOptions): Transport;
}

/**
 * A transport over a carrier: one connection per endpoint, and calls by the rules of `calls/`.
 *
 * @param carrier called after the options were checked
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function carrierTransport(
  options: CarrierTransportOptions,
  carrier: () => Carrier,
  { clock = machineClock, random = Math.random, sibling }: CarrierParts,
): Transport {
  const { credentials, endpoints, attempts, name } = options;
  const retryBudget = checkedBudget(options.retryBudget);
  if (typeof credentials?.security !== 'function') {
    throw new TalosConfigError(
      'credentials: none were given; make them with mtls, maintenance or another factory',
      { field: 'credentials' },
    );
  }
  const distinct = distinctEndpoints(endpoints);
  const addresses = distinct.map(({ address }) => address);
  const backoff = backoffOf(options.backoff);
  const facts = { name, endpoints: addresses, credentials };
  const trace = new ClientTrace(facts, () => clock.now());
  const parts = { carrier: carrier(), backoff, clock, random, trace };
  const pool = new EndpointPool(parts, (owner) =>
    distinct.map((endpoint) => new EndpointSlot(endpoint, parts, owner)),
  );
  const signing = signingOf(credentials);
  const services = new CallServices({
    pool,
    caller: credentials,
    clock,
    random,
    hook: signing === undefined ? attempts : signedAttempts(attempts, signing),
    trace,
    budget: new RetryBudget(retryBudget),
  });
  const transport = new CarrierTransport(addresses, credentials, services, sibling);
  return signing === undefined ? transport : signing.over(transport);
}

function distinctEndpoints(endpoints: readonly string[]): readonly Endpoint[] {
  if (!Array.isArray(endpoints) || endpoints.length === 0) {
    throw new TalosConfigError('endpoints: at least one is needed, such as "10.0.0.2"', {
      field: 'endpoints',
    });
  }
  const parsed = endpoints.map((text, index) => parseEndpoint(text, `endpoints[${index}]`));
  return [...new Map(parsed.map((endpoint) => [endpoint.address, endpoint])).values()];
}

function backoffOf({ firstMs = 100, maxMs = 5000 }: BackoffOptions = {}): Backoff {
  checkWhole(firstMs, 'backoff.firstMs', 0, 0x7fff_ffff);
  checkWhole(maxMs, 'backoff.maxMs', 0, 0x7fff_ffff);
  return { firstMs, maxMs };
}

class CarrierTransport implements Transport {
  readonly endpoints: readonly string[];
  readonly #credentials: Credentials;
  readonly #services: CallServices;
  readonly #sibling: (changes: SiblingOptions) => Transport;
  #closing: Promise<void> | undefined;

  constructor(
    endpoints: readonly string[],
    credentials: Credentials,
    services: CallServices,
    sibling: (changes: SiblingOptions) => Transport,
  ) {
    this.endpoints = endpoints;
    this.#credentials = credentials;
    this.#services = services;
    this.#sibling = sibling;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#credentials.certificate;
  }

  get maintenance(): boolean {
    return this.#credentials.kind === 'maintenance' && this.endpoints.length === 1;
  }

  get observed(): ObservedClient {
    return this.#services.trace.client;
  }

  unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const bytes = encodeRequest(call, request);
      const typed = call as TransportCall<'unary', unknown, Reply>;
      new UnaryCall(this.#services, typed, bytes, resolve, reject).begin();
    });
  }

  clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: Requests<Request>,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      new ClientStreamCall(this.#services, call, requests, resolve, reject).begin();
    });
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Request>,
  ): TalosStream<Reply> {
    return new CallStream(new StreamCall(this.#services, call, requests));
  }

  sibling(changes: SiblingOptions = {}): Transport {
    return this.#sibling(changes);
  }

  /** Ends all open calls with `TalosClosedError`; resolves when all connections are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const services = this.#services;
    services.closed = true;
    for (const call of services.open.all()) call.abandon(new TalosClosedError());
    await services.pool.close();
    services.trace.closed();
  }
}
