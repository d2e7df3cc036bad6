/** Bytes as archives come: at once, or in chunks, also those of a stream of this library. */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>;

/** The chunks of a source. */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
}

/** Reads pieces of known lengths out of bytes that come in chunks of any lengths. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, up to `most` of them; none when there are no more. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return this.#chunk;
      this.#chunk = value;
    }
    const part = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  /** The next `length` bytes; fewer when there are no more. */
  async take(length: number): Promise<Uint8Array> {
    const first = await this.some(length);
    if (first.length === length || first.length === 0) return first;
    const parts = [first];
    let missing = length - first.length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Leaves the source. */
  async leave(): Promise<void> {
    await this.#chunks.return?.();
  }
}
