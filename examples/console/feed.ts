import type { ServerResponse } from 'node:http';
import type { Message } from './protocol.js';
import type { Source } from './shared.js';

/** How many messages wait for a browser. What is more is not kept: it reads the state again. */
const LIMIT = 256;

/**
 * Server-sent events to one browser: first how everything is, then what happens. A browser that does
 * not read in time is not waited for, and takes no memory: messages are left out, and when it reads
 * again it is told how many, and how everything is by then.
 */
export class Feed {
  readonly #response: ServerResponse;
  readonly #sources: readonly Source<Message>[];
  readonly #leave: readonly (() => void)[];
  #waiting: Message[] = [];
  #isBlocked = false;
  #missed = 0;

  constructor(response: ServerResponse, sources: readonly Source<Message>[]) {
    this.#response = response;
    this.#sources = sources;
    response.on('drain', () => this.#goOn());
    this.#tellNow();
    this.#leave = sources.map((source) => source.join((message) => this.#tell(message)));
    response.on('close', () => this.#end());
  }

  /** How many messages wait for the browser. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many messages were left out since the browser last read. */
  get missed(): number {
    return this.#missed;
  }

  #tell(message: Message): void {
    if (!this.#isBlocked) this.#write(message);
    else if (this.#missed > 0) this.#missed += 1;
    else if (this.#waiting.length < LIMIT) this.#waiting.push(message);
    else {
      this.#missed = this.#waiting.length + 1;
      this.#waiting = [];
    }
  }

  #tellNow(): void {
    for (const source of this.#sources) this.#write(source.now());
  }

  /** The browser has read all that was written. */
  #goOn(): void {
    this.#isBlocked = false;
    if (this.#missed > 0) {
      this.#write({ type: 'missed', count: this.#missed });
      this.#missed = 0;
      this.#tellNow();
      return;
    }
    while (!this.#isBlocked) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#write(message);
    }
  }

  #write(message: Message): void {
    this.#isBlocked = !this.#response.write(`data: ${JSON.stringify(message)}\n\n`);
  }

  #end(): void {
    for (const leave of this.#leave) leave();
    this.#waiting = [];
  }
}
