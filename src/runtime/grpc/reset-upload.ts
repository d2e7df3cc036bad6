import { addAbortSignal, type Writable } from 'node:stream';
import type { Wire } from './open-call.js';
import { http2Call } from './status-order.js';

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
