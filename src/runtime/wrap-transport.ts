import type { Transport } from './transport.js';

/**
 * A transport with the members that `wrap` returns; everything else goes to `transport`, including
 * what later versions add to `Transport`. Siblings are wrapped in the same way.
 *
 * @param wrap gets the transport to which it passes calls on
 * @example
 * ```ts
 * const transport = wrapTransport(grpcTransport({ endpoints, credentials }), (inner) => ({
 *   unary(call, request) {
 *     console.log(call.method.path, call.node);
 *     return inner.unary(call, request);
 *   },
 * }));
 * await using talos = createTalosClient({ transport });
 * ```
 */
export function wrapTransport(
  transport: Transport,
  wrap: (inner: Transport) => Partial<Transport>,
): Transport {
  const own = wrap(transport);
  const { sibling, reload } = transport;
  return {
    get endpoints() {
      return own.endpoints ?? transport.endpoints;
    },
    get certificate() {
      return 'certificate' in own ? own.certificate : transport.certificate;
    },
    get maintenance() {
      return 'maintenance' in own ? own.maintenance : transport.maintenance;
    },
    get observed() {
      return transport.observed;
    },
    unary: (call, request) =>
      own.unary === undefined ? transport.unary(call, request) : own.unary(call, request),
    clientStream: (call, requests) =>
      own.clientStream === undefined
        ? transport.clientStream(call, requests)
        : own.clientStream(call, requests),
    stream: (call, requests) =>
      own.stream === undefined ? transport.stream(call, requests) : own.stream(call, requests),
    ...(sibling && {
      sibling: (changes) => wrapTransport(sibling.call(transport, changes), wrap),
    }),
    ...(reload && { reload: () => (own.reload ?? reload).call(transport) }),
    close: () => (own.close === undefined ? transport.close() : own.close()),
  };
}
