import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';
import {
  type DosTime,
  dataDescriptor,
  directoryRecord,
  dosTime,
  endOfZip,
  limitOfZip,
  localHeader,
  type ZipEntry,
} from './records.js';

/** Where the bytes of a zip go. */
export interface ZipSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** What is known of a zip before it is written. */
export interface ZipOptions {
  /** The time of all entries, as milliseconds since 1970. */
  readonly now: number;
  /** Where in the file it begins. Default: 0. */
  readonly offset?: number | undefined;
  /** From where on numbers are written in zip64. For tests. */
  readonly limit?: number | undefined;
}

/**
 * Writes a zip, entry by entry, as their content comes: neither its length nor its checksum has to be known
 * before. Of what was written it keeps a line for the directory at the end. The format is that of PKWARE's
 * APPNOTE 6.3: deflate, data descriptors, names in UTF-8, and zip64 where numbers do not fit.
 */
export class ZipWriter {
  readonly #sink: ZipSink;
  readonly #time: DosTime;
  readonly #limit: number;
  readonly #entries: ZipEntry[] = [];
  #offset: number;

  constructor(sink: ZipSink, { now, offset = 0, limit = limitOfZip }: ZipOptions) {
    this.#sink = sink;
    this.#time = dosTime(now);
    this.#limit = limit;
    this.#offset = offset;
  }

  /** How many bytes were written. */
  get size(): number {
    return this.#offset;
  }

  /** How many entries there are. */
  get entries(): number {
    return this.#entries.length;
  }

  /** Adds a file. When its content fails, so does this, and nothing more can be added. */
  async add(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes = Buffer.from(name);
    const offset = this.#offset;
    await this.#write(localHeader(bytes, this.#time));
    const start = this.#offset;
    let size = 0;
    let crc = 0;
    async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of content) {
        size += chunk.length;
        crc = crc32(chunk, crc);
        yield chunk;
      }
    }
    const input = Readable.from(counted(), { objectMode: false });
    const deflate = createDeflateRaw();
    input.on('error', (error) => deflate.destroy(error));
    try {
      for await (const chunk of input.pipe(deflate)) await this.#write(chunk);
    } finally {
      input.destroy();
      deflate.destroy();
    }
    const entry = { name: bytes, crc, size, packedSize: this.#offset - start, offset };
    await this.#write(dataDescriptor(entry, this.#limit));
    this.#entries.push(entry);
  }

  /** Writes the directory, without which the rest is no zip. */
  async finish(): Promise<void> {
    const offset = this.#offset;
    for (const entry of this.#entries) {
      await this.#write(directoryRecord(entry, this.#time, this.#limit));
    }
    const directory = { entries: this.#entries.length, size: this.#offset - offset, offset };
    await this.#write(endOfZip(directory, this.#limit));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#sink.write(bytes);
  }
}
