import type { Init } from '../codec.js';
import type { MethodKind } from '../method.js';
import { encodeRequest } from '../reply.js';
import type { TransportCall } from '../transport.js';
import type { Writer } from '../wire/writer.js';

/**
 * The bytes of a request, as the Buffer that grpc-js wants.
 *
 * @param scratch memory to write to, when the bytes are needed only until the next request
 * @throws {TalosConfigError} when a value does not fit its field
 */
export function requestBuffer<Kind extends MethodKind, Request, Reply>(
  call: TransportCall<Kind, Request, Reply>,
  request: Init<Request>,
  scratch?: Writer,
): Buffer {
  const bytes = encodeRequest(call, request, scratch);
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
