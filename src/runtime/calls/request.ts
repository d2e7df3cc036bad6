import { type Init, toBytes, toScratch } from '../codec.js';
import { TalosConfigError } from '../errors/config-error.js';
import { type AnyMethod, type MethodKind, rpcName } from '../method.js';
import type { Writer } from '../protobuf/writer.js';
import type { TransportCall } from '../transport.js';

/**
 * The bytes of `request`.
 *
 * @param scratch memory to write to, which the next request overwrites; default: new memory
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
    throw cause instanceof TalosConfigError ? refusal(call.method, cause) : cause;
  }
}

/** `cause` with the RPC added. Callers who pass bytes do not see the message around them. */
function refusal(method: AnyMethod, { message, field, cause }: TalosConfigError): TalosConfigError {
  const place = `${rpcName(method)}: request`;
  const isWhole = field === undefined || method.wrap === 'bytes';
  if (!isWhole) return new TalosConfigError(`${place}.${message}`, { field }, { cause });
  const problem = field === undefined ? message : message.slice(field.length + 2);
  return new TalosConfigError(`${place}: ${problem}`, { field: 'request' }, { cause });
}
