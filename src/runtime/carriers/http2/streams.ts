import { protocolError } from './frames.js';
import type { Http2Stream } from './stream.js';

/** With this identifier a connection opens its last stream: enough are left for what is queued. */
const LAST_ID = 0x6000_0001;

/**
 * The open streams of a connection by their identifiers (RFC 9113, section 5.1.1). Of a stream that
 * is over nothing is kept: its identifier is below the next one, and not here.
 */
export class Streams {
  readonly #open = new Map<number, Http2Stream>();
  #nextId = 1;

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /** Whether there are no identifiers left for new streams. */
  get exhausted(): boolean {
    return this.#nextId > LAST_ID;
  }

  /** Opens `stream`: gives it its identifier. */
  add(stream: Http2Stream): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.#open.set(stream.id, stream);
  }

  delete(stream: Http2Stream): boolean {
    return this.#open.delete(stream.id);
  }

  /**
   * The stream that a frame is for; absent when it is over.
   *
   * @throws {Http2Error} when there never was such a stream
   */
  find(id: number): Http2Stream | undefined {
    const stream = this.#open.get(id);
    if (stream !== undefined) return stream;
    // Even ones belong to the peer, which may open none (section 8.4).
    if (id % 2 === 0 || id >= this.#nextId) {
      throw protocolError(`it sent a frame on stream ${id}, which nobody opened`);
    }
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<Http2Stream> {
    return this.#open.values();
  }
}
