import type { ClientHttp2Session } from 'node:http2';

/** Milliseconds that a peer has to answer a question. */
const ANSWER_MS = 1000;

/**
 * The number of PINGs that gRPC for Go accepts without traffic of its own before it ends the
 * connection. PINGs count only if they come more often than every five minutes.
 */
const PINGS = 3;

/**
 * Asks the peer of one connection whether it is still there. It sends a PING or, after as many
 * PINGs as nodes accept, SETTINGS that change nothing. A peer has to answer both at once.
 */
export class Question {
  #pings = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Whether an answer is expected. */
  get open(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Asks, and tells once whether the peer is there.
   *
   * @param session absent when it is not known; then no answer comes
   */
  ask(session: ClientHttp2Session | undefined, told: (alive: boolean) => void): void {
    const answered = (alive: boolean): void => {
      if (!this.open) return;
      this.close();
      told(alive);
    };
    this.#timer = setTimeout(answered, ANSWER_MS, false);
    try {
      if (session === undefined || !this.#send(session, answered)) answered(false);
    } catch {
      // A session that has ended throws.
      answered(false);
    }
  }

  #send(session: ClientHttp2Session, answered: (alive: boolean) => void): boolean {
    if (session.closed || session.destroyed) return false;
    if (this.#pings < PINGS) {
      this.#pings += 1;
      return session.ping((error) => answered(error === null));
    }
    session.settings({}, (error) => answered(error === null));
    return true;
  }

  /** Nobody needs the answer any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
