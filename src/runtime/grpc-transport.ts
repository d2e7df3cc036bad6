import { record } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import type { AttemptHook } from './calls/attempt-hook.js';
import { carrierTransport } from './calls/carrier-transport.js';
import { grpcCarrier } from './carriers/grpc-js/carrier.js';
import { type GrpcCarrierOptions, grpcCarrierShape } from './carriers/grpc-js/settings.js';
import type { Transport } from './transport.js';

/** Where and how a client connects over grpc-js, and what sees its attempts. */
export interface GrpcTransportOptions extends GrpcCarrierOptions {
  /** Sees every attempt of every call, below the repeats. Default: none. */
  readonly attempts?: AttemptHook | undefined;
}

/** The options that there are, and of which kind. */
export const grpcTransportShape: Shape<GrpcTransportOptions> = {
  ...grpcCarrierShape,
  attempts: record,
};

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
  return carrierTransport(options, () => grpcCarrier(options), {
    sibling: ({ endpoints = options.endpoints, credentials = options.credentials }) =>
      grpcTransport({ ...options, endpoints, credentials }),
  });
}
