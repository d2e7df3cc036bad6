import { checkOptions, type Shape } from './arguments/options.js';
import { attemptShape } from './attempt-options.js';
import { type AttemptOptions, carrierTransport } from './calls/carrier-transport.js';
import { grpcCarrier } from './carriers/grpc-js/carrier.js';
import { type GrpcCarrierOptions, grpcCarrierShape } from './carriers/grpc-js/options.js';
import type { Transport } from './transport.js';

/** Where and how a client connects over grpc-js, and the hook for its attempts. */
export interface GrpcTransportOptions extends GrpcCarrierOptions, AttemptOptions {}

/** The options and their kinds. */
export const grpcTransportShape: Shape<GrpcTransportOptions> = {
  ...grpcCarrierShape,
  ...attemptShape,
};

/**
 * A transport over grpc-js, with one connection per endpoint. It connects at the first call, not
 * before.
 *
 * Calls go to the connected endpoints in turn. A call that failed is made again where that is safe:
 * always if it certainly did not run, otherwise only if the method is `read`, or is `idempotent` and
 * the call names its node. `docs/retries.md` has the rules.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function grpcTransport(options: GrpcTransportOptions): Transport {
  checkOptions(options, grpcTransportShape, 'grpcTransport', '{ endpoints, credentials }');
  return carrierTransport(options, () => grpcCarrier(options), {
    sibling: ({ endpoints = options.endpoints, credentials = options.credentials }) =>
      grpcTransport({ ...options, endpoints, credentials }),
  });
}
