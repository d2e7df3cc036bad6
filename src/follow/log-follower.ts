import { Boots, type Connection, type ConnectionEnd } from '../reconnect/index.js';
import { isTalosError } from '../runtime/errors/any-error.js';
import { align, NO_COINCIDENCE, Rejoin } from './alignment.js';
import type { FollowMark, Gap } from './items.js';
import type { LogEntry, LogKind } from './log-entry.js';
import type { Follower } from './options.js';

/** What a log holds at some moment. */
export interface Snapshot {
  readonly entries: readonly LogEntry[];
  /** Whether that is all that the node has of it. */
  readonly whole: boolean;
}

/** A log of a node, and how it is read. */
export interface LogSource {
  readonly kind: LogKind;
  /** Whether the node can be asked for so many entries; if not, each reading is of the whole log. */
  readonly counts: boolean;
  /** The last `count` entries; all of them if it is -1. */
  snapshot(connection: Connection, count: number): Promise<Snapshot>;
  /** Whether nothing can ever come again. Asked when the node says that it has no such log. */
  isGone?(connection: Connection): Promise<boolean>;
  /** The last entries as in a snapshot, and then those that come. */
  follow(connection: Connection, count: number): AsyncGenerator<LogEntry, void, undefined>;
}

/** How a log is followed. */
export interface LogStart<Item> {
  /** How many of the last entries come first; -1 is all. */
  readonly tail: number;
  /** Whether a log that is not there at first is waited for. */
  readonly waits: boolean;
  item(text: string): Item;
}

/** How many entries are remembered, to find the place in the next reading. */
const KEPT = 1000;

/** What is to be told after a snapshot. */
interface News {
  readonly snapshot: Snapshot;
  readonly fresh: readonly LogEntry[];
  readonly gap?: Gap['reason'] | undefined;
}

/**
 * Follows a log, whose entries have no numbers. Each connection first takes a snapshot, and finds in it
 * the entries that were told last; then it follows from within the snapshot.
 */
export class LogFollower<Item> implements Follower<Item | FollowMark> {
  readonly #source: LogSource;
  readonly #start: LogStart<Item>;
  readonly #boots = new Boots();
  /** The last entries of this boot; absent while none were read. */
  #known: LogEntry[] | undefined;
  /** Whether the first of them is the first one that the node had. */
  #fromStart = false;
  /** Whether it was ever read. */
  #seen = false;
  #tail: number;

  constructor(source: LogSource, start: LogStart<Item>) {
    this.#source = source;
    this.#start = start;
    this.#tail = start.tail;
  }

  async *connect(
    connection: Connection,
  ): AsyncGenerator<Item | FollowMark, ConnectionEnd, undefined> {
    try {
      return yield* this.#connect(connection);
    } catch (error) {
      // Without having been there, a log is not gone: its name may be wrong.
      const isOver = this.#seen && isMissing(error) && (await this.#source.isGone?.(connection));
      if (isOver === true) return 'over';
      throw error;
    }
  }

  async *#connect(
    connection: Connection,
  ): AsyncGenerator<Item | FollowMark, ConnectionEnd, undefined> {
    const reboot = await this.#boots.change(connection);
    if (reboot !== undefined) yield this.#forget(reboot);
    const { snapshot, fresh, gap } = await this.#news(connection);
    connection.hold();
    const other = await this.#boots.change(connection);
    if (other !== undefined) {
      // Of which boot the snapshot is, nobody can tell.
      yield this.#forget(other);
      return 'replace';
    }
    yield { type: 'connected', bootId: this.#boots.current };
    if (gap !== undefined) yield { type: 'gap', reason: gap };
    const { entries, whole } = snapshot;
    this.#seen = true;
    this.#known = entries.slice(-KEPT);
    this.#fromStart = whole && entries.length <= KEPT;
    for (const { text } of fresh) yield this.#start.item(text);

    // The node also counts a line whose end has not come. There is nothing before the first one.
    const count = this.#fromStart ? -1 : this.#known.length;
    const rejoin = new Rejoin(this.#source.kind, this.#source.counts ? this.#known : entries);
    for await (const entry of this.#source.follow(connection, count)) {
      for (const one of rejoin.push(entry)) {
        this.#keep(one);
        yield this.#start.item(one.text);
      }
      if (rejoin.isApart) return 'replace';
    }
    return 'lost';
  }

  /** What the log has that was not told. */
  async #news(connection: Connection): Promise<News> {
    const known = this.#known;
    if (known === undefined) {
      const tail = this.#tail;
      const snapshot = await this.#first(connection, tail < 0 ? -1 : Math.max(tail, KEPT));
      const { entries } = snapshot;
      return { snapshot, fresh: tail < 0 ? entries : entries.slice(entries.length - tail) };
    }
    const { kind } = this.#source;
    let snapshot = await this.#source.snapshot(connection, known.length === 0 ? -1 : KEPT);
    let place = align(kind, known, snapshot.entries, this.#fromStart && snapshot.whole);
    if (!snapshot.whole && (place === undefined || place.overlap < NO_COINCIDENCE)) {
      snapshot = await this.#source.snapshot(connection, -1);
      place = align(kind, known, snapshot.entries, this.#fromStart);
    }
    const { entries } = snapshot;
    if (place === undefined) {
      return { snapshot, fresh: entries, gap: known.length === 0 ? undefined : 'overwritten' };
    }
    const gap = place.certain ? undefined : 'ambiguous';
    return { snapshot, fresh: entries.slice(place.begin), gap };
  }

  async #first(connection: Connection, count: number): Promise<Snapshot> {
    try {
      return await this.#source.snapshot(connection, count);
    } catch (error) {
      // The node is there, and its log may come.
      if (isMissing(error) && this.#start.waits) connection.hold();
      throw error;
    }
  }

  #keep(entry: LogEntry): void {
    const known = this.#known as LogEntry[];
    known.push(entry);
    if (known.length <= 2 * KEPT) return;
    // In bulk: dropping one for each that comes would move all of them each time.
    known.splice(0, known.length - KEPT);
    this.#fromStart = false;
  }

  /** Begins anew with a boot: all that its log has is new. */
  #forget<Mark>(reboot: Mark): Mark {
    this.#known = undefined;
    this.#fromStart = false;
    this.#tail = -1;
    return reboot;
  }
}

/** Whether the node itself said that there is no such log, as far as its status tells. */
function isMissing(error: unknown): boolean {
  return (
    isTalosError(error) &&
    error.code === 'rpc' &&
    (error.status === 'unknown' || error.status === 'not-found')
  );
}
