import type { LogEntry, LogKind } from './log-entry.js';

/** As many entries in the same order are no coincidence. */
export const NO_COINCIDENCE = 16;

/** Where a reading of a log goes beyond what is known of it. */
export interface Alignment {
  /** The index of the first entry that is new. */
  readonly begin: number;
  /** How many entries before that are known, in their order. */
  readonly overlap: number;
  /** Whether it cannot be another one. */
  readonly certain: boolean;
}

/**
 * Finds where `reading` goes beyond `known`, the last entries that were read before. Gives nothing
 * where the two have nothing in common.
 *
 * @param fromStart whether both begin with the first entry of the log
 */
export function align(
  kind: LogKind,
  known: readonly LogEntry[],
  reading: readonly LogEntry[],
  fromStart: boolean,
): Alignment | undefined {
  if (fromStart && overlap(kind, known, reading, known.length) === known.length) {
    return { begin: known.length, overlap: known.length, certain: true };
  }
  let begin = 0;
  let best = 0;
  let second = 0;
  for (let end = reading.length; end > 0; end--) {
    const length = overlap(kind, known, reading, end);
    if (length <= best) {
      second = Math.max(second, length);
      continue;
    }
    second = best;
    best = length;
    begin = end;
  }
  if (best === 0) return undefined;
  return { begin, overlap: best, certain: second < Math.min(best, NO_COINCIDENCE) };
}

/**
 * How many entries of `reading` before `end` are the last ones of `known`: all of them, up to the
 * beginning of one of the two, or else 0.
 */
function overlap(
  kind: LogKind,
  known: readonly LogEntry[],
  reading: readonly LogEntry[],
  end: number,
): number {
  const length = Math.min(known.length, end);
  if (end > reading.length) return 0;
  for (let back = 1; back <= length; back++) {
    const entry = reading[end - back] as LogEntry;
    const other = known[known.length - back] as LogEntry;
    if (!isSame(kind, entry, other, end === back)) return 0;
  }
  return length;
}

function isSame(kind: LogKind, entry: LogEntry, known: LogEntry, isFirst: boolean): boolean {
  return entry.key === known.key || (isFirst && kind.fits(entry, known));
}

/**
 * Joins a reading that goes on for ever to what is `known`. The reading has to begin within that, as one
 * does that was begun a moment later and asked for as many entries.
 */
export class Rejoin {
  readonly #kind: LogKind;
  #known: readonly LogEntry[];
  readonly #held: LogEntry[] = [];
  /** The places of `#known` at which the reading may have begun, first ones first. */
  #starts: number[] = [];
  #state: 'joining' | 'joined' | 'apart';

  constructor(kind: LogKind, known: readonly LogEntry[]) {
    this.#kind = kind;
    this.#known = known;
    this.#state = known.length === 0 ? 'joined' : 'joining';
  }

  /** Whether the reading cannot be joined: too much was written in between. */
  get isApart(): boolean {
    return this.#state === 'apart';
  }

  /** Takes the next entry of the reading, and gives those that are known to be new. */
  push(entry: LogEntry): readonly LogEntry[] {
    if (this.#state === 'joined') return [entry];
    const known = this.#known;
    const taken = this.#held.length;
    const before = this.#starts;
    if (taken === 0) this.#starts = this.#beginnings(entry);
    else
      this.#starts = before.filter(
        (start) => start + taken >= known.length || known[start + taken]?.key === entry.key,
      );
    this.#held.push(entry);
    const [first] = this.#starts;
    if (first === undefined) {
      this.#state = 'apart';
      return [];
    }
    // As long as the reading may still be in the middle of what is known, nothing of it is new.
    if (this.#starts.some((start) => start + this.#held.length < known.length)) return [];
    this.#state = 'joined';
    this.#known = [];
    return this.#held.splice(0).slice(known.length - first);
  }

  #beginnings(entry: LogEntry): number[] {
    const places = [...this.#known.keys()];
    const exact = places.filter((place) => this.#known[place]?.key === entry.key);
    if (exact.length > 0) return exact;
    return places.filter((place) => this.#kind.fits(entry, this.#known[place] as LogEntry));
  }
}
