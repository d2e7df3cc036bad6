import { checkOptions } from '../arguments/options.js';
import type { Init } from '../codec.js';
import { parseEndpoint } from '../endpoints.js';
import { TalosClosedError } from '../errors/closed-error.js';
import { TalosConfigError } from '../errors/config-error.js';
import { proxying } from '../proxy/proxy.js';
import type { TalosStream } from '../stream.js';
import type { Transport, TransportCall } from '../transport.js';
import { CallContext } from './call-context.js';
import { EndpointPool } from './endpoint-pool.js';
import { EndpointSlot } from './endpoint-slot.js';
import { quietGrpcLogs } from './grpc-logs.js';
import { GrpcStream } from './grpc-stream.js';
import { MetadataCache } from './metadata.js';
import { connectionSettings, type GrpcTransportOptions, grpcTransportShape } from './options.js';
import { requestBuffer } from './request-buffer.js';
import { StreamCall } from './stream-call.js';
import { ClientStreamCall, UnaryCall } from './unary.js';

export type { GrpcTransportOptions, KeepaliveOptions } from './options.js';

/**
 * A transport over grpc-js, with one connection per endpoint. Connects to nothing before the
 * first call.
 *
 * Calls go round the endpoints that are connected. A call that finds its endpoint gone before
 * anything of a reply came goes to the next one; unless the method is `unsafe`, then only if the
 * node certainly did not see it.
 *
 * @throws {TalosConfigError} when an option cannot work; the error names it
 */
export function grpcTransport(options: GrpcTransportOptions): Transport {
  checkOptions(options, grpcTransportShape, 'grpcTransport', '{ endpoints, credentials }');
  const { credentials, endpoints, keepalive, grpcLogs, proxy = 'environment' } = options;
  if (typeof credentials?.channel !== 'function') {
    throw new TalosConfigError(
      'credentials: none were given; make them with mtls, maintenance or another factory',
      { field: 'credentials' },
    );
  }
  if (!Array.isArray(endpoints) || endpoints.length === 0) {
    throw new TalosConfigError('endpoints: at least one is needed, such as "10.0.0.2"', {
      field: 'endpoints',
    });
  }
  const settings = connectionSettings(options);
  const parsed = endpoints.map((text, index) => parseEndpoint(text, `endpoints[${index}]`));
  const distinct = [...new Map(parsed.map((endpoint) => [endpoint.address, endpoint])).values()];
  const routes = proxying(proxy);
  const ways = distinct.map((endpoint) => ({ endpoint, route: routes.route(endpoint) }));
  if (keepalive !== undefined && grpcLogs !== 'keep') quietGrpcLogs();
  const pool = new EndpointPool((owner) =>
    ways.map(
      ({ endpoint, route }) => new EndpointSlot(endpoint, { credentials, route, settings }, owner),
    ),
  );
  return new GrpcTransport(
    distinct.map(({ address }) => address),
    new CallContext(pool, new MetadataCache(credentials.metadata), credentials),
  );
}

class GrpcTransport implements Transport {
  readonly endpoints: readonly string[];
  readonly #context: CallContext;
  #closing: Promise<void> | undefined;

  constructor(endpoints: readonly string[], context: CallContext) {
    this.endpoints = endpoints;
    this.#context = context;
  }

  unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const bytes = requestBuffer(call, request);
      const typed = call as TransportCall<'unary', unknown, Reply>;
      new UnaryCall(this.#context, typed, bytes, resolve, reject).begin();
    });
  }

  clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      new ClientStreamCall(this.#context, call, requests, resolve, reject).begin();
    });
  }

  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): TalosStream<Reply> {
    return new GrpcStream(new StreamCall(this.#context, call, requests));
  }

  /** Ends what is open with `TalosClosedError`; resolves when all connections are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const context = this.#context;
    context.closed = true;
    for (const call of [...context.open]) call.abandon(new TalosClosedError());
    await context.pool.close();
  }
}
