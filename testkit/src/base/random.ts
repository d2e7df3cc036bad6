import type { Clock } from './time/clock.js';

/**
 * A source of numbers that look random and come again with the same seed.
 *
 * Sources made with `fork` are independent: what one part of the cluster draws does not change what
 * another gets.
 */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string | number) {
    this.#seed = String(seed);
    const next = hashes(this.#seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** The source for `name`; always the same one for the same seed and name. */
  fork(name: string): Random {
    return new Random(`${this.#seed}/${name}`);
  }

  /** A whole number from 0 to 2^32 - 1. The sfc32 generator. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) >>> 0;
    return result;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  /** A number from 0 up to, not including, 1. */
  float(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number of 64 bits. */
  uint64(): bigint {
    return (BigInt(this.uint32()) << 32n) | BigInt(this.uint32());
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.uint32() >>> 24;
    return bytes;
  }

  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string {
    return Buffer.from(this.bytes((length + 1) >> 1))
      .toString('hex')
      .slice(0, length);
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.hex(32);
    const variant = '89ab'[this.int(0, 3)];
    return (
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-` +
      `${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
    );
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('there is nothing to pick from');
    return items[this.int(0, items.length - 1)] as T;
  }
}

/** Gives well-mixed 32-bit numbers from a text: FNV-1a, then a finaliser per draw. */
function hashes(text: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const base32hex = '0123456789abcdefghijklmnopqrstuv';

/**
 * Ids as Talos gives its events: 20 characters that sort by time. Twelve bytes, four of seconds,
 * five that stand for the process, three of a counter, in base32 with the digits first.
 */
export class Xids {
  readonly #clock: Clock;
  readonly #process: Uint8Array;
  #counter: number;

  constructor(random: Random, clock: Clock) {
    this.#clock = clock;
    this.#process = random.bytes(5);
    // Below the middle, so that ids sort by their counter for long before it wraps.
    this.#counter = random.int(0, 0x7fffff);
  }

  /** The next id; later ones compare greater. */
  next(): string {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(Math.floor(this.#clock.now() / 1000) >>> 0, 0);
    bytes.set(this.#process, 4);
    bytes.writeUIntBE(this.#counter, 9, 3);
    this.#counter = (this.#counter + 1) & 0xffffff;
    return encodeXid(bytes);
  }
}

/** Whether `text` has the form of an xid. */
export function isXid(text: string): boolean {
  // Twelve bytes fill 19 characters and one bit of the last.
  return /^[0-9a-v]{19}[0g]$/.test(text);
}

function encodeXid(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32hex[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return text + base32hex[(value << (5 - bits)) & 31];
}
