import { addressee } from './addressing.js';
import type { CallOptions } from './call-options.js';
import type { Init } from './codec.js';
import { TalosConfigError } from './errors/config-error.js';
import type { MetadataInit } from './metadata.js';
import { type AnyMethod, type Method, type MethodKind, rpcName } from './method.js';
import { retryPolicy } from './retry-options.js';
import type { TalosStream } from './stream.js';
import { route, type Target } from './target.js';
import type { Requests, TransportCall } from './transport.js';

const noSignals: readonly AbortSignal[] = [];

/** Makes a unary call. Generated methods pass a method's facts to this and the three below. */
export async function callUnary<Request, Reply>(
  target: Target,
  method: Method<'unary', Request, Reply>,
  request: Init<Request>,
  options?: CallOptions,
): Promise<Reply> {
  const { transport, checks, timeoutMs } = target[route]();
  checks.request(method, request);
  return transport.unary(prepare(target, method, options, ownTimeout(method, timeoutMs)), request);
}

/** Makes a call with one request and a stream of replies. */
export function callServerStream<Request, Reply>(
  target: Target,
  method: Method<'server-stream', Request, Reply>,
  request: Init<Request>,
  options?: CallOptions,
): TalosStream<Reply> {
  const { transport, checks } = target[route]();
  checks.request(method, request);
  return transport.stream(prepare(target, method, options, undefined), [request]);
}

/** Makes a call with a stream of requests and one reply. */
export async function callClientStream<Request, Reply>(
  target: Target,
  method: Method<'client-stream', Request, Reply>,
  requests: Requests<Request>,
  options?: CallOptions,
): Promise<Reply> {
  return target[route]().transport.clientStream(
    prepare(target, method, options, undefined),
    requests,
  );
}

/** Makes a call with streams both ways. */
export function callDuplex<Request, Reply>(
  target: Target,
  method: Method<'duplex', Request, Reply>,
  requests: Requests<Request>,
  options?: CallOptions,
): TalosStream<Reply> {
  return target[route]().transport.stream(prepare(target, method, options, undefined), requests);
}

function prepare<Kind extends MethodKind, Request, Reply>(
  target: Target,
  method: Method<Kind, Request, Reply>,
  options: CallOptions | undefined,
  defaultTimeoutMs: number | undefined,
): TransportCall<Kind, Request, Reply> {
  const { transport, checks, node, metadata, signal, retry } = target[route]();
  if (options !== undefined) checks.options(method, options);
  if (options === undefined) {
    requireAddressee(transport.endpoints, method, metadata);
    return {
      method,
      node,
      metadata,
      signals: signal === undefined ? noSignals : [signal],
      timeoutMs: defaultTimeoutMs,
      idleTimeoutMs: undefined,
      onHeaders: undefined,
      onTrailers: undefined,
      retry,
      idempotent: undefined,
    };
  }
  const { timeoutMs: asked = defaultTimeoutMs, idleTimeoutMs } = options;
  const timeoutMs = asked === 'none' ? undefined : asked;
  // Where there are both, Talos goes by `nodes`; two values of `node` it refuses.
  const aggregated = options.metadata?.nodes !== undefined;
  checkDuration(timeoutMs, 'timeoutMs');
  checkDuration(idleTimeoutMs, 'idleTimeoutMs');
  const sent =
    options.metadata === undefined
      ? metadata
      : {
          ...(aggregated ? withoutNode(metadata) : metadata),
          ...options.metadata,
        };
  requireAddressee(transport.endpoints, method, sent);
  return {
    method,
    node: aggregated ? undefined : node,
    metadata: sent,
    signals: [signal, options.signal].filter((entry) => entry !== undefined),
    timeoutMs,
    idleTimeoutMs,
    onHeaders: options.onHeaders,
    onTrailers: options.onTrailers,
    retry: options.retry === undefined ? retry : retryPolicy(options.retry, retry),
    idempotent: options.idempotent,
  };
}

/**
 * The deadline of a call that states none: that of the RPC, unless the client is set to `'none'`.
 */
function ownTimeout(method: AnyMethod, clients: number | undefined): number | undefined {
  if (clients === undefined) return undefined;
  const { timeoutMs = clients } = method;
  return timeoutMs === 'none' ? undefined : timeoutMs;
}

function withoutNode({ node: _, ...metadata }: MetadataInit): MetadataInit {
  return metadata;
}

/** Refuses a call that acts and would go to whichever endpoint answers. */
function requireAddressee(
  endpoints: readonly string[],
  method: AnyMethod,
  metadata: MetadataInit,
): void {
  if (method.idempotency === 'read' || endpoints.length === 1) return;
  if (addressee(metadata) !== 'endpoint') return;
  const many =
    endpoints.length === 0 ? 'endpoints that are not known yet' : `${endpoints.length} endpoints`;
  throw new TalosConfigError(
    `${rpcName(method)} acts on one node, and the client has ${many}: ` +
      'name the node with talos.node(address)',
    { field: 'node' },
  );
}

/**
 * Refuses a duration that is not a positive number of milliseconds.
 *
 * @throws {TalosConfigError}
 */
export function checkDuration(value: number | undefined, field: string): void {
  if (value === undefined || (typeof value === 'number' && value > 0)) return;
  throw new TalosConfigError(`${field} must be a number of milliseconds above 0, not ${value}`, {
    field,
  });
}
