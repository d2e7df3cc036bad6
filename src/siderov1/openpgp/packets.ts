import { damaged } from './key-fault.js';

/** One packet of an OpenPGP message or key (RFC 9580, section 4). */
export interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** The packets that keys and signatures consist of. */
export const tags = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  userId: 13,
} as const;

/** Reads bytes from front to back. Reading past the end is a fault of the key. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array {
    if (length < 0 || length > this.left) throw damaged('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A whole number of `length` bytes, the highest first. */
  number(length: 1 | 2 | 4): number {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A number of any length, without the zero bytes before it. */
  mpi(): Uint8Array {
    return this.take((this.number(2) + 7) >>> 3);
  }
}

/**
 * The packets in `bytes`, with lengths of the old and the new format.
 *
 * @throws {KeyFault} when they are not packets, or the last one is cut off
 */
export function readPackets(bytes: Uint8Array): readonly Packet[] {
  const reader = new ByteReader(bytes);
  const packets: Packet[] = [];
  while (reader.left > 0) {
    const first = reader.number(1);
    if (first < 0x80) throw damaged('its bytes are not OpenPGP packets');
    const isNew = (first & 0x40) !== 0;
    const length = isNew ? newLength(reader) : oldLength(reader, first & 3);
    packets.push({ tag: isNew ? first & 0x3f : (first >>> 2) & 0xf, body: reader.take(length) });
  }
  return packets;
}

function oldLength(reader: ByteReader, kind: number): number {
  if (kind === 3) throw damaged('a packet has no length, which keys do not have');
  return reader.number(kind === 0 ? 1 : kind === 1 ? 2 : 4);
}

function newLength(reader: ByteReader): number {
  const first = reader.number(1);
  if (first >= 224 && first < 255) throw damaged('a packet comes in parts, which keys do not');
  return restOfLength(reader, first);
}

/** The length that begins with `first`, as packets and the parts of signatures have it. */
export function restOfLength(reader: ByteReader, first: number): number {
  if (first < 192) return first;
  if (first === 255) return reader.number(4);
  return (first - 192) * 256 + reader.number(1) + 192;
}

/** A packet in the new format. */
export function writePacket(tag: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0xc0 | tag]), length(body.length), body]);
}

/** A length of one, two or five bytes. */
export function length(value: number): Uint8Array {
  if (value < 192) return Buffer.from([value]);
  if (value < 8384) return Buffer.from([((value - 192) >>> 8) + 192, value - 192]);
  return Buffer.concat([Buffer.from([255]), uint(value, 4)]);
}

/** `value` in `size` bytes, the highest first. */
export function uint(value: number, size: 1 | 2 | 4): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

/** `bytes` as a number of any length: without leading zeros, and with its length in bits. */
export function writeMpi(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? new Uint8Array() : bytes.subarray(start);
  const bits = digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] as number) + 24;
  return Buffer.concat([uint(bits, 2), digits]);
}
