import type { IncomingHttpHeaders } from 'node:http2';
import { type Http2Call, http2Call } from './http2-call.js';
import type { Wire } from './open-call.js';

/**
 * Makes a stream's failing status wait for the replies that came before it.
 *
 * grpc-js lets a status of OK wait, but reports any other as soon as it comes, and drops the replies
 * that were not asked for yet: a reader who is slower than the node loses up to a window of them,
 * 2 MiB. A node that ends Copy with the list of files it had to skip would so cut the archive that
 * it sent complete.
 *
 * There is no way to ask grpc-js for it, so this reaches into the call. Where the call does not look
 * as expected, all stays as grpc-js has it; the tests would notice.
 */
export class StatusOrder {
  readonly #call: Http2Call;
  readonly #report: (headers: IncomingHttpHeaders) => void;
  /** The trailers that wait. */
  #trailers: IncomingHttpHeaders | undefined;

  private constructor(call: Http2Call) {
    this.#call = call;
    this.#report = call.handleTrailers.bind(call);
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

  /** Watches over the call behind `wire`, once its headers have come. */
  static of(wire: Wire): StatusOrder | undefined {
    const call = http2Call(wire);
    return call && new StatusOrder(call);
  }

  get #drained(): boolean {
    const { readsClosed, unpushedReadMessages, isPushPending } = this.#call;
    return readsClosed && unpushedReadMessages.length === 0 && !isPushPending;
  }

  /** Whether the data ended in the middle of a reply, which grpc-js passes over. */
  get cutShort(): boolean {
    const state = this.#call.decoder?.readState;
    return typeof state === 'number' && state !== 0;
  }

  /** Reports the status if nothing is left before it; to be called after each reply. */
  check(): void {
    const trailers = this.#trailers;
    if (trailers === undefined || !this.#drained) return;
    this.#trailers = undefined;
    this.#report(trailers);
  }
}
