import { checkOptions, type Shape } from './arguments/options.js';
import { attemptShape } from './attempt-options.js';
import { type AttemptOptions, carrierTransport } from './calls/carrier-transport.js';
import { http2Carrier } from './carriers/http2/carrier.js';
import { type Http2CarrierOptions, http2CarrierShape } from './carriers/http2/options.js';
import type { Transport } from './transport.js';

/** Where and how a client connects over HTTP/2 framed here, and the hook for its attempts. */
export interface Http2TransportOptions extends Http2CarrierOptions, AttemptOptions {}

/** The options and their kinds. */
export const http2TransportShape: Shape<Http2TransportOptions> = {
  ...http2CarrierShape,
  ...attemptShape,
};

/**
 * A transport over HTTP/2 that this library frames itself, with one connection per endpoint. It
 * connects at the first call, not before. Calls go to endpoints, and are repeated, by the same rules
 * as over grpc-js.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function http2Transport(options: Http2TransportOptions): Transport {
  checkOptions(options, http2TransportShape, 'http2Transport', '{ endpoints, credentials }');
  return carrierTransport(options, () => http2Carrier(options), {
    sibling: ({ endpoints = options.endpoints, credentials = options.credentials }) =>
      http2Transport({ ...options, endpoints, credentials }),
  });
}
