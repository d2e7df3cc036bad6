import { type Init, toBytes, toScratch } from '../codec.js';
import { TalosConfigError } from '../errors/config-error.js';
import { type MethodKind, rpcName } from '../method.js';
import type { TransportCall } from '../transport.js';
import type { Writer } from '../wire/writer.js';

/**
 * The bytes of `request`.
 *
 * @param scratch memory to write to, which the next request may take; default: memory of its own
 * @throws {TalosConfigError} when a value does not fit its field.
 */
export function encodeRequest<Request, Reply>(
  call: TransportCall<MethodKind, Request, Reply>,
  request: Init<Request>,
  scratch?: Writer,
): Uint8Array {
  try {
    const { encode, wrap } = call.method;
    const message = wrap === 'bytes' ? { bytes: request } : request;
    return scratch === undefined ? toBytes(encode, message) : toScratch(scratch, encode, message);
  } catch (cause) {
    if (cause instanceof TalosConfigError) {
      throw new TalosConfigError(
        `request of ${rpcName(call.method)}: ${cause.message}`,
        { field: cause.field },
        { cause },
      );
    }
    throw cause;
  }
}
