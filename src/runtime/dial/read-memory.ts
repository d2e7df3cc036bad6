import type { OnReadOpts } from 'node:net';

/** What Node hands over at once of a TLS connection: a record holds no more. */
const READ_BYTES = 16_384;

/** Fewer bytes are copied, so that who holds on to them does not hold the rest of the memory. */
const SMALL_BYTES = 8192;

/**
 * Takes bytes that came.
 *
 * @returns whether it holds on to the memory of `bytes`; otherwise that is used again
 */
export type Receive = (bytes: Uint8Array) => boolean;

/**
 * Lets a socket read into one piece of memory again and again. By itself Node takes new memory for
 * each read, of which V8 frees none until it sees a need: some 10 MiB for a stream.
 *
 * @returns the option `onread` of `net.connect` and `tls.connect`; nothing on Bun and Deno, which
 * do not know it
 */
export function readInto(receive: Receive): OnReadOpts | undefined {
  const { versions } = process;
  if (versions.bun !== undefined || versions.deno !== undefined) return undefined;
  let memory: Uint8Array = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer: () => memory,
    callback(count, filled) {
      if (count < SMALL_BYTES) receive(Buffer.from(filled.subarray(0, count)));
      else if (receive(filled.subarray(0, count))) memory = Buffer.allocUnsafeSlow(READ_BYTES);
      return true;
    },
  };
}
