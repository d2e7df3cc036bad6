import type { OnReadOpts } from 'node:net';

/** What Node reads at once of TLS, a record, and of a bare connection. */
const TLS_BYTES = 16_384;
const BARE_BYTES = 65_536;

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
 * @param secured whether TLS is read
 * @returns the option `onread` of `net.connect` and `tls.connect`; nothing on Bun and Deno, which
 * do not know it
 */
export function readInto(receive: Receive, secured: boolean): OnReadOpts | undefined {
  const { versions } = process;
  if (versions.bun !== undefined || versions.deno !== undefined) return undefined;
  const size = secured ? TLS_BYTES : BARE_BYTES;
  let memory: Uint8Array = Buffer.allocUnsafeSlow(size);
  return {
    buffer: () => memory,
    callback(count, filled) {
      const bytes = filled.subarray(0, count);
      // Few bytes are copied, so that who holds them does not hold the rest of the memory.
      if (count * 2 < size) receive(Buffer.from(bytes));
      else if (receive(bytes)) memory = Buffer.allocUnsafeSlow(size);
      return true;
    },
  };
}
