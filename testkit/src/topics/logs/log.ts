import type { Machine } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import { Ring } from './ring.js';
import { lastLines } from './tail.js';

/** How many bytes of a log are kept. */
const CAPACITY = 2 ** 20;

/** Whoever fills a log. It is asked before anybody reads. */
export interface LogSource {
  /** Writes what is due by now. */
  catchUp(): void;
  /** When it will write again, in milliseconds since 1970, unless something happens before. */
  readonly next: number | undefined;
  /** The topics whose changes may make it write. */
  readonly topics: readonly string[];
}

/** How a log is read. */
export interface LogReading {
  /** How many of the last lines come first; all when negative. */
  readonly tailLines: number;
  /** Whether what is written later comes, too. */
  readonly follow: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/** A log in memory: the last mebibyte that was written, for any number of readers. */
export class Log {
  readonly #machine: Machine;
  readonly #source: LogSource | undefined;
  readonly #ring = new Ring<Buffer>(CAPACITY, ({ length }) => length);
  #followers = 0;
  #timer: Timer | undefined;
  #stopListening: (() => void) | undefined;

  constructor(machine: Machine, source?: (log: Log) => LogSource) {
    this.#machine = machine;
    this.#source = source?.(this);
  }

  /** Adds bytes, or text and the line break behind it. */
  write(content: string | Uint8Array): void {
    this.#ring.push(Buffer.from(typeof content === 'string' ? `${content}\n` : content));
  }

  /** Has what is due by now written. */
  catchUp(): void {
    this.#source?.catchUp();
  }

  /** Everything that is kept. */
  get content(): Buffer {
    this.catchUp();
    return Buffer.concat(this.#ring.items);
  }

  /** The log as the reading asks for it; what is written meanwhile follows when it says so. */
  async *read({
    tailLines,
    follow,
    signal,
  }: LogReading): AsyncGenerator<Uint8Array, void, undefined> {
    const begin = lastLines(this.content, tailLines);
    // Nothing can be written between the two.
    const rest = this.#ring.follow('newest', [signal, this.#machine.closingSignal]);
    if (begin.length > 0) yield begin;
    if (!follow) return;
    this.#join();
    try {
      yield* rest;
    } finally {
      this.#leave();
    }
  }

  #join(): void {
    this.#followers += 1;
    if (this.#followers > 1 || this.#source === undefined) return;
    const { topics } = this.#source;
    this.#stopListening = this.#machine.onChange((topic) => {
      if (topics.includes(topic)) this.#look();
    });
    this.#look();
  }

  #leave(): void {
    this.#followers -= 1;
    if (this.#followers > 0) return;
    this.#timer?.cancel();
    this.#stopListening?.();
  }

  /** Has the source write while somebody follows. */
  #look(): void {
    this.#timer?.cancel();
    this.#source?.catchUp();
    const next = this.#source?.next;
    if (next === undefined) return;
    const { clock } = this.#machine;
    this.#timer = clock.setTimer(Math.max(1, next - clock.now()), () => this.#look());
  }
}
