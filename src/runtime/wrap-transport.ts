import type { Transport } from './transport.js';

/**
 * `transport` with what `own` has in its place; everything else goes to `transport`, what later
 * versions add to `Transport` included.
 *
 * @example
 * ```ts
 * const inner = grpcTransport({ endpoints, credentials });
 * const transport = wrapTransport(inner, {
 *   unary(call, request) {
 *     console.log(call.method.path, call.node);
 *     return inner.unary(call, request);
 *   },
 * });
 * await using talos = createTalosClient({ transport });
 * ```
 */
export function wrapTransport(transport: Transport, own: Partial<Transport>): Transport {
  return {
    get endpoints() {
      return own.endpoints ?? transport.endpoints;
    },
    get certificate() {
      return 'certificate' in own ? own.certificate : transport.certificate;
    },
    unary: (call, request) =>
      own.unary === undefined ? transport.unary(call, request) : own.unary(call, request),
    clientStream: (call, requests) =>
      own.clientStream === undefined
        ? transport.clientStream(call, requests)
        : own.clientStream(call, requests),
    stream: (call, requests) =>
      own.stream === undefined ? transport.stream(call, requests) : own.stream(call, requests),
    close: () => (own.close === undefined ? transport.close() : own.close()),
  };
}
