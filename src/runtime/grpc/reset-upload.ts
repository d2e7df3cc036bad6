import { addAbortSignal, type Writable } from 'node:stream';
import type { Metadata } from '@grpc/grpc-js';
import { http2Call } from './http2-call.js';
import type { Wire } from './open-call.js';

/**
 * Breaks the requests of a call off, if not all are sent; the call is to be cancelled right after.
 *
 * grpc-js cancels with `close()` of the HTTP/2 stream, and for that Node ends the stream first: the
 * peer gets END_STREAM and then RST_STREAM. To a node that looks like an upload that is complete:
 * EtcdRecover would keep half a snapshot, and Bootstrap use it. Destroying the stream with an
 * AbortError sends RST_STREAM (CANCEL) alone.
 */
export function resetUpload(wire: Wire): void {
  const stream = http2Call(wire)?.http2Stream as Writable | undefined;
  if (stream === undefined || stream.writableEnded || stream.destroyed) return;
  const controller = new AbortController();
  addAbortSignal(controller.signal, stream);
  controller.abort();
}

/** Units of the header that tells the peer the deadline; its number has at most 8 digits. */
const units = [
  ['m', 1],
  ['S', 1000],
  ['M', 60_000],
  ['H', 3_600_000],
] as const;

/**
 * The metadata of an upload whose deadline only the peer is told. grpc-js must not know it: when it
 * passes, grpc-js may be the first to see it, and would cancel as above.
 */
export function withDeadline(metadata: Metadata, leftMs: number): Metadata {
  if (leftMs === Infinity) return metadata;
  const [unit, size] = units.find((entry) => leftMs / entry[1] < 1e8) ?? units[3];
  const own = metadata.clone();
  own.set('grpc-timeout', `${Math.ceil(leftMs / size)}${unit}`);
  return own;
}
