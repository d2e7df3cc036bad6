import { protocolError } from './frames.js';
import type { Http2Stream } from './stream.js';

/** With this identifier a connection opens its last stream: enough are left for what is queued. */
const LAST_ID = 0x6000_0001;

/**
 * The open streams of a connection by their identifiers (RFC 9113, section 5.1.1). Of a stream that
 * is over nothing is kept: its identifier is below the next one, and not here.
 *
 * It is a hash table with linear probing, and no `Map`: V8 links each table that a `Map` outgrew to
 * the next one, so that streams which were in an old table outlive many collections of young objects.
 * With 64 calls in flight, that was a quarter of all memory, and half of the time.
 */
export class Streams {
  /** A power of two, at least half of them free. */
  #slots: (Http2Stream | undefined)[] = new Array(16).fill(undefined);
  #count = 0;
  #nextId = 1;

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** Whether one was ever opened. */
  get used(): boolean {
    return this.#nextId > 1;
  }

  /** Whether there are no identifiers left for new streams. */
  get exhausted(): boolean {
    return this.#nextId > LAST_ID;
  }

  /** Opens `stream`: gives it its identifier. */
  add(stream: Http2Stream): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.#slots[this.#placeOf(stream.id)] = stream;
    this.#count += 1;
  }

  delete(stream: Http2Stream): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#placeOf(stream.id);
    if (slots[hole] === undefined) return false;
    this.#count -= 1;
    // Those after it move up, unless they would be before their own place.
    for (let at = (hole + 1) & mask; slots[at] !== undefined; at = (at + 1) & mask) {
      const home = (slots[at] as Http2Stream).id >>> 1;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at];
      hole = at;
    }
    slots[hole] = undefined;
    return true;
  }

  /**
   * The stream that a frame is for; absent when it is over.
   *
   * @throws {Http2Error} when there never was such a stream
   */
  find(id: number): Http2Stream | undefined {
    const stream = this.#slots[this.#placeOf(id)];
    if (stream !== undefined) return stream;
    // Even ones belong to the peer, which may open none (section 8.4).
    if (id % 2 === 0 || id >= this.#nextId) {
      throw protocolError(`it sent a frame on stream ${id}, which nobody opened`);
    }
    return undefined;
  }

  /** Those that are open now, the oldest first. */
  [Symbol.iterator](): IterableIterator<Http2Stream> {
    const open = this.#slots.filter((stream) => stream !== undefined);
    return open.sort((a, b) => a.id - b.id).values();
  }

  /** Where the stream with this identifier is, or would be. */
  #placeOf(id: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = (id >>> 1) & mask;
    for (let found = slots[at]; found !== undefined && found.id !== id; found = slots[at]) {
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const open = this.#slots;
    this.#slots = new Array(open.length * 2).fill(undefined);
    for (const stream of open) {
      if (stream !== undefined) this.#slots[this.#placeOf(stream.id)] = stream;
    }
  }
}
