import { DynamicTable, ENTRY_OVERHEAD } from './dynamic-table.js';
import { HpackError } from './hpack-error.js';
import { decodeHuffman } from './huffman-decoder.js';
import { asOctets } from './octets.js';
import { STATIC_FIELDS, staticNames, staticValues } from './static-table.js';

/** Takes the fields of a header block in their order. Must not throw. */
export type HeaderTaker = (name: string, value: string) => void;

/** What a decoder allows. */
export interface HpackLimits {
  /** Octets of the dynamic table: our SETTINGS_HEADER_TABLE_SIZE. */
  readonly maxTableSize: number;
  /** Octets of a header list, where each field counts 32 besides its name and value. */
  readonly maxListBytes: number;
}

/**
 * A list may have this many fields, whatever their size: one byte is enough to send one, and each
 * costs the reader some work.
 */
const MAX_FIELDS = 1000;

const nothing = /* @__PURE__ */ new Uint8Array(0);

/** An integer has its prefix and at most four bytes, so that it fits in 28 bits and a few. */
const LAST_SHIFT = 21;

/**
 * Reads the header blocks of one connection (RFC 7541). Every block of the connection has to be
 * decoded, in the order of arrival, whatever becomes of its stream: each may change the table.
 *
 * Names and values have one character an octet (Latin-1). Fields from the table are the same strings
 * each time.
 */
export class HpackDecoder {
  readonly #table: DynamicTable;
  readonly #maxListBytes: number;
  /** How large a table the peer may ask for. */
  #maxTableSize: number;
  /** The smallest `#maxTableSize` since the last block; the peer has to come down to it first. */
  #mustShrinkTo: number;
  #block: Uint8Array = nothing;
  #pos = 0;
  #end = 0;
  #fields = 0;
  #listBytes = 0;
  #oversized = false;

  constructor({ maxTableSize, maxListBytes }: HpackLimits) {
    this.#table = new DynamicTable(maxTableSize);
    this.#maxTableSize = maxTableSize;
    this.#mustShrinkTo = maxTableSize;
    this.#maxListBytes = maxListBytes;
  }

  /**
   * Whether the last block held a larger list than allowed. Only its first fields were handed out, so
   * that its stream has to fail; the table is in step.
   */
  get isOversized(): boolean {
    return this.#oversized;
  }

  /** Octets that the dynamic table holds. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Sets the limit of the table. To be called when the peer has acknowledged our setting. */
  setMaxTableSize(maxTableSize: number): void {
    this.#maxTableSize = maxTableSize;
    this.#mustShrinkTo = Math.min(this.#mustShrinkTo, maxTableSize);
  }

  /**
   * Decodes one whole block, which is the bytes from `start` to `end`.
   *
   * @throws {HpackError} when the block breaks the rules; the decoder is of no use after that
   */
  decode(block: Uint8Array, start: number, end: number, onHeader: HeaderTaker): void {
    this.#block = block;
    this.#pos = start;
    this.#end = end;
    this.#fields = 0;
    this.#listBytes = 0;
    this.#oversized = false;
    this.#readTableSizes();
    while (this.#pos < end) {
      const byte = block[this.#pos] as number;
      if (byte >= 0x80) {
        const index = this.#integer(0x7f);
        this.#emit(this.#nameAt(index), this.#valueAt(index), onHeader);
      } else if (byte >= 0x40) {
        const name = this.#name(0x3f);
        const value = this.#text();
        this.#table.insert(name, value);
        this.#emit(name, value, onHeader);
      } else if (byte >= 0x20) {
        throw new HpackError('a change of the table size stands after a field');
      } else {
        // With or without "never indexed", which matters to those who send it on.
        const name = this.#name(0x0f);
        this.#emit(name, this.#text(), onHeader);
      }
    }
    this.#block = nothing;
  }

  /** The changes of the table size at the start of a block (RFC 7541, section 4.2). */
  #readTableSizes(): void {
    let changes = 0;
    let smallest = this.#table.maxSize;
    while (this.#pos < this.#end && ((this.#block[this.#pos] as number) & 0xe0) === 0x20) {
      const size = this.#integer(0x1f);
      changes += 1;
      // The smallest size since the last block, and the present one: no more is ever due.
      if (changes > 2) throw new HpackError('a block changes the table size more than twice');
      if (size > this.#maxTableSize) {
        throw new HpackError(`a table of ${size} octets, and ${this.#maxTableSize} are allowed`);
      }
      smallest = Math.min(smallest, size);
      this.#table.resize(size);
    }
    if (smallest > this.#mustShrinkTo) {
      throw new HpackError('the table did not become smaller, as our settings ask');
    }
    this.#mustShrinkTo = this.#maxTableSize;
  }

  #emit(name: string, value: string, onHeader: HeaderTaker): void {
    this.#fields += 1;
    this.#listBytes += name.length + value.length + ENTRY_OVERHEAD;
    if (this.#listBytes > this.#maxListBytes || this.#fields > MAX_FIELDS) this.#oversized = true;
    if (!this.#oversized) onHeader(name, value);
  }

  #name(prefix: number): string {
    const index = this.#integer(prefix);
    return index === 0 ? this.#text() : this.#nameAt(index);
  }

  #nameAt(index: number): string {
    if (index > STATIC_FIELDS) {
      const age = index - STATIC_FIELDS - 1;
      if (age >= this.#table.length) throw beyond(index);
      return this.#table.name(age);
    }
    if (index === 0) throw beyond(index);
    return staticNames[index] as string;
  }

  /** The value at an index that `#nameAt` has checked. */
  #valueAt(index: number): string {
    return index > STATIC_FIELDS
      ? this.#table.value(index - STATIC_FIELDS - 1)
      : (staticValues[index] as string);
  }

  /** An integer, whose first bits are those of `prefix` in the next byte (section 5.1). */
  #integer(prefix: number): number {
    let value = this.#byte() & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift <= LAST_SHIFT; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new HpackError('an integer has more bytes than any that can be meant');
  }

  #byte(): number {
    if (this.#pos >= this.#end) throw new HpackError('a block ends within a field');
    return this.#block[this.#pos++] as number;
  }

  /** A string literal (section 5.2). */
  #text(): string {
    const coded = this.#pos < this.#end && (this.#block[this.#pos] as number) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#pos;
    if (length > this.#end - start) throw new HpackError('a block ends within a text');
    this.#pos = start + length;
    if (coded) return decodeHuffman(this.#block, start, this.#pos);
    return asOctets(this.#block).latin1Slice(start, this.#pos);
  }
}

function beyond(index: number): HpackError {
  return new HpackError(`there is no field at index ${index}`);
}
