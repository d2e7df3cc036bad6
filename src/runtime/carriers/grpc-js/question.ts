import type { ClientHttp2Session } from 'node:http2';

/** Milliseconds that a connection has to answer a question. */
const ANSWER_MS = 1000;

/**
 * So many pings without traffic of its own gRPC for Go takes before it ends the connection: pings
 * count as too many when they come more often than every five minutes.
 */
const PINGS = 3;

/**
 * Asks the peer of one connection whether it is still there: with a PING, or, when there were as
 * many as nodes take, with SETTINGS that change nothing. Both have to be answered at once.
 */
export class Question {
  #pings = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Whether an answer is waited for. */
  get open(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Asks, and tells once whether the peer is there.
   *
   * @param session absent when it is not known, which no peer answers
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

  /** Nobody wants the answer any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
