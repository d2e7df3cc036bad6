import type { ConnectionError } from './connection-error.js';

/**
 * Remembers why the connection to one endpoint failed, for as long as that is the last thing known
 * about it.
 */
export class ConnectionLog {
  #error: ConnectionError | undefined;
  #failed = false;

  /** Why the last attempt failed or the last connection broke. */
  get error(): ConnectionError | undefined {
    return this.#error;
  }

  /** An attempt starts. Until it ends, calls still fail for the reason of the one before. */
  attempt(): void {
    if (!this.#failed) this.#error = undefined;
    this.#failed = false;
  }

  /** The handshake succeeded, which with TLS 1.3 does not say that the server took the client. */
  connected(): void {
    if (this.#error?.problem !== 'client-refused') this.#error = undefined;
  }

  /** The attempt failed, or the connection broke. */
  failed(error: ConnectionError): void {
    this.#error = error;
    this.#failed = true;
  }
}
