import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';

/** What a voice knows when it speaks. */
export interface Speech {
  readonly machine: Machine;
  /** When it is said, in milliseconds since 1970. */
  readonly at: number;
  /** Numbers for this line. */
  readonly random: Random;
}

/** What a program writes into its log. */
export interface Voice {
  /** The lines it starts with. */
  readonly begin: (speech: Speech) => readonly string[];
  /** A line it writes from time to time. */
  readonly meanwhile?: (speech: Speech) => string;
  /** How long it is silent in between, in seconds. */
  readonly every?: number;
  /** The lines it ends with. */
  readonly end?: (speech: Speech) => readonly string[];
}

/** The most lines that are made up for a time when nobody looked. */
const MOST_LINES = 2_000;

/**
 * A program that speaks: from when it starts until it ends. What it says and when is the same for
 * the same seed, however often somebody listens, so that nothing has to run in the background.
 */
export class Speaker {
  readonly #machine: Machine;
  readonly #voice: Voice;
  readonly #random: Random;
  readonly #say: (text: string, at: number) => void;
  readonly #startedAt: number;
  #next = 1;

  /** `name` tells one run of a program from the others. */
  constructor(
    machine: Machine,
    voice: Voice,
    name: string,
    startedAt: number,
    say: (text: string, at: number) => void,
  ) {
    this.#machine = machine;
    this.#voice = voice;
    this.#random = machine.random.fork(`voice/${machine.boots}/${name}`);
    this.#startedAt = startedAt;
    this.#say = say;
    this.#sayAll(voice.begin(this.#speech('begin', startedAt)), startedAt);
  }

  /** When it says something next, in milliseconds since 1970; absent when it stays silent. */
  get next(): number | undefined {
    return this.#voice.every === undefined ? undefined : this.#timeOf(this.#next);
  }

  /** Says everything that is due by `until`. */
  catchUp(until: number): void {
    const { every, meanwhile } = this.#voice;
    if (every === undefined || meanwhile === undefined) return;
    const last = Math.floor((until - this.#startedAt) / (every * 1000));
    this.#next = Math.max(this.#next, last - MOST_LINES);
    for (let at = this.#timeOf(this.#next); at <= until; at = this.#timeOf(this.#next)) {
      this.#say(meanwhile(this.#speech(`line/${this.#next}`, at)), at);
      this.#next += 1;
    }
  }

  /** Says its last words. */
  end(at: number): void {
    this.catchUp(at);
    this.#sayAll(this.#voice.end?.(this.#speech('end', at)) ?? [], at);
  }

  /** The n-th line comes within the n-th interval, sooner or later. */
  #timeOf(line: number): number {
    const interval = (this.#voice.every ?? 0) * 1000;
    const late = this.#random.fork(`time/${line}`).float();
    return this.#startedAt + Math.floor((line + 0.9 * late) * interval);
  }

  #speech(part: string, at: number): Speech {
    return { machine: this.#machine, at, random: this.#random.fork(part) };
  }

  #sayAll(lines: readonly string[], at: number): void {
    for (const line of lines) this.#say(line, at);
  }
}
