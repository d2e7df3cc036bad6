import { ServerStatus } from '../base/calls/status.js';

/** The largest message that nodes take and pass on: 32 MiB. */
export const MAX_MESSAGE_BYTES = 33_554_432;

/**
 * Refuses a message above the limit, with the text gRPC for Go has for it.
 *
 * @throws {ServerStatus} `resource-exhausted`.
 */
export function checkSize(length: number): void {
  if (length <= MAX_MESSAGE_BYTES) return;
  throw new ServerStatus(
    'resource-exhausted',
    `grpc: received message larger than max (${length} vs. ${MAX_MESSAGE_BYTES})`,
  );
}
