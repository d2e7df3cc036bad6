import { ConnectionError, errorCode } from '../dial/connection-error.js';
import type { Endpoint } from '../dial/endpoint.js';

/** How far an attempt to connect has come, and the words for why it failed. */
export class Progress {
  /** What is under way: reaching the endpoint or proxy, proxy and TLS, or HTTP/2. */
  phase: 'dialling' | 'securing' | 'secured' = 'dialling';
  /** The proxy on the way, without credentials; absent when there is none. */
  proxy: string | undefined;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** How far it has come, in words for messages. */
  get text(): string {
    switch (this.phase) {
      case 'dialling':
        return 'nobody answered';
      case 'securing':
        return `the connection was accepted, but the ${
          this.proxy === undefined ? 'TLS handshake' : 'handshake'
        } went unanswered`;
      default:
        return 'the connection was accepted, but HTTP/2 went unanswered';
    }
  }

  /** The error of an attempt that took too long. */
  timedOut(ms: number): ConnectionError {
    const text = `no connection to ${this.#place} within ${ms} ms: ${this.text}`;
    return new ConnectionError('interrupted', text);
  }

  /** The error of an attempt that was broken off. */
  interrupted(cause: Error): ConnectionError {
    const reason = cause.message || errorCode(cause) || 'no reason';
    const text = `no connection to ${this.#place}: ${reason}`;
    return new ConnectionError('interrupted', text, { cause });
  }

  /** The error of an attempt whose peer closed the secured connection. */
  closedEarly(): ConnectionError {
    const reason = 'it was closed before HTTP/2 began, as nodes do that refuse the client';
    return this.interrupted(new Error(reason));
  }

  get #place(): string {
    const { address } = this.#endpoint;
    return this.proxy === undefined ? address : `${address} through ${this.proxy}`;
  }
}
