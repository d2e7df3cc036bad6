import type { Clock } from '../../base/time/clock.js';

/** How many entries the log gets in a second, and how many of them change keys. */
const ENTRIES_PER_SECOND = 3;
const WRITES_PER_SECOND = 2;

/** What the log of a cluster has come to. */
export interface LogPosition {
  /** The index of the last committed entry. */
  readonly index: bigint;
  /** The revision of the keys. */
  readonly revision: bigint;
}

/**
 * The log of an etcd cluster. Kubernetes writes all the time, so that it grows with the clock; not
 * while there is no leader.
 */
export class RaftLog {
  readonly #clock: Clock;
  #position: LogPosition;
  #movingSince: number | undefined;
  #isWritable = true;

  constructor(clock: Clock, start: LogPosition) {
    this.#clock = clock;
    this.#position = start;
  }

  get position(): LogPosition {
    if (this.#movingSince === undefined) return this.#position;
    const seconds = Math.max(0, this.#clock.now() - this.#movingSince) / 1000;
    const writes = this.#isWritable ? Math.floor(seconds * WRITES_PER_SECOND) : 0;
    return {
      index: this.#position.index + BigInt(Math.floor(seconds * ENTRIES_PER_SECOND)),
      revision: this.#position.revision + BigInt(writes),
    };
  }

  /** Adds entries that change the cluster rather than keys: members, alarms, elections. */
  append(entries = 1): void {
    this.#rebase();
    const { index, revision } = this.#position;
    this.#position = { index: index + BigInt(entries), revision };
  }

  /** Lets it grow, as of `since`, or holds it. */
  setMoving(moving: boolean, since = this.#clock.now()): void {
    if (moving === (this.#movingSince !== undefined)) return;
    this.#rebase();
    this.#movingSince = moving ? since : undefined;
  }

  /** Whether keys can be written; the log grows either way. */
  setWritable(writable: boolean): void {
    this.#rebase();
    this.#isWritable = writable;
  }

  #rebase(): void {
    this.#position = this.position;
    if (this.#movingSince !== undefined) this.#movingSince = this.#clock.now();
  }
}
