import type { IncomingHttpHeaders } from 'node:http2';
import type { Http2Call } from './http2-call.js';

/**
 * Makes a stream's failing status wait for the replies that came before it.
 *
 * grpc-js lets a status of OK wait, but reports any other as soon as it comes, and drops the
 * replies that were not asked for yet. A reader who is slower than the node loses up to a window of
 * them, 2 MiB. For example, a node may end Copy with the list of files that it had to skip. The
 * archive before it was sent whole, and would be cut.
 *
 * grpc-js has no option for this, so this class reaches into the call.
 */
export class StatusOrder {
  readonly #call: Http2Call;
  readonly #report: (headers: IncomingHttpHeaders) => void;
  /** The trailers that wait. */
  #trailers: IncomingHttpHeaders | undefined;
  /** The trailers that made the status. */
  #reported: IncomingHttpHeaders | undefined;

  /** Watches over a call whose headers have come. */
  constructor(call: Http2Call) {
    this.#call = call;
    const report = call.handleTrailers.bind(call);
    this.#report = (trailers) => {
      this.#reported = trailers;
      report(trailers);
    };
    const end = call.endCall.bind(call);
    const cancel = call.cancelWithStatus.bind(call);
    call.handleTrailers = (trailers) => {
      const failing = trailers['grpc-status'] !== '0';
      if (!failing || this.#drained) {
        this.#report(trailers);
      } else {
        this.#trailers = trailers;
        call.http2Stream.once('end', () => this.check());
      }
    };
    call.endCall = (status) => {
      // The stream closes by itself after its trailers; all replies are at hand then. Otherwise it
      // broke, and with it some replies are lost: that is what the reader has to know.
      if (this.#trailers !== undefined && call.readsClosed) this.check();
      else end(status);
    };
    call.cancelWithStatus = (code, details) => {
      this.#trailers = undefined;
      cancel(code, details);
    };
  }

  /** Whether the call ended with the status of the trailers, and not with one of grpc-js' own. */
  reported(code: number): boolean {
    return this.#reported !== undefined && isStatusOf(this.#reported, code);
  }

  get #drained(): boolean {
    const { readsClosed, unpushedReadMessages, isPushPending } = this.#call;
    return readsClosed && unpushedReadMessages.length === 0 && !isPushPending;
  }

  /** Whether the data ended in the middle of a reply, which grpc-js ignores. */
  get cutShort(): boolean {
    const state = this.#call.decoder?.readState;
    return typeof state === 'number' && state !== 0;
  }

  /** Reports the status if nothing is left before it. Call it after each reply. */
  check(): void {
    const trailers = this.#trailers;
    if (trailers === undefined || !this.#drained) return;
    this.#trailers = undefined;
    this.#report(trailers);
  }
}

/** Whether grpc-js made the status `code` of these trailers. */
export function isStatusOf(trailers: IncomingHttpHeaders, code: number): boolean {
  const status = trailers['grpc-status'];
  // Where there is none, grpc-js makes one of the HTTP status.
  return status === undefined || Object.is(Number(status), code);
}
