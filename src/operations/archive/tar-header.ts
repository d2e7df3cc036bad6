import { ArchiveError } from './archive-error.js';

/** The unit that tar archives are made of, in bytes. */
export const BLOCK = 512;

/** What a header says, as it stands there. */
export interface TarHeader {
  /** The name, with what stands before it in the format of POSIX. Bytes, since any may be in it. */
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  /** Permissions with the bits for setuid, setgid and sticky. */
  readonly mode: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** One character: `0` a file, `5` a folder, `2` a symbolic link. */
  readonly type: string;
}

/**
 * Reads a header. POSIX.1-1988 (ustar) has its layout, GNU tar its numbers in base 256.
 *
 * @param at where in the archive it stands, for messages
 * @throws {ArchiveError} when the checksum is wrong, or a number is none
 */
export function readHeader(block: Uint8Array, at: number): TarHeader {
  if (!hasChecksum(block)) {
    throw new ArchiveError(`there is no header of a tar archive at byte ${at}`);
  }
  const isPosix = isAt(block, 257, [0x75, 0x73, 0x74, 0x61, 0x72, 0, 0x30, 0x30]);
  const name = untilZero(block.subarray(0, 100));
  const prefix = isPosix ? untilZero(block.subarray(345, 500)) : new Uint8Array();
  const flag = block[156] ?? 0;
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkName: untilZero(block.subarray(157, 257)),
    mode: number(block.subarray(100, 108), 'mode', at),
    size: number(block.subarray(124, 136), 'size', at),
    type: flag === 0 ? '0' : String.fromCharCode(flag),
  };
}

/** Whether a block is one of those that end an archive. */
export function isEmptyBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** The sum of all bytes, those of the checksum as spaces. Some old writers added signed bytes. */
function hasChecksum(block: Uint8Array): boolean {
  const text = Buffer.from(block.subarray(148, 156)).toString('latin1');
  const stated = /^ *([0-7]{1,8})(?:[\0 ]|$)/.exec(text)?.[1];
  if (stated === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (const [at, byte] of block.entries()) {
    const counted = at >= 148 && at < 156 ? 0x20 : byte;
    unsigned += counted;
    signed += counted < 128 ? counted : counted - 256;
  }
  const sum = Number.parseInt(stated, 8);
  return sum === unsigned || sum === signed;
}

function isAt(block: Uint8Array, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => block[at + index] === byte);
}

function untilZero(field: Uint8Array): Uint8Array {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

/** An octal number in text, or one in base 256, whose first bit is set. */
function number(field: Uint8Array, name: string, at: number): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return base256(field, name, at);
  const text = Buffer.from(field).toString('latin1').replace(/\0.*$/s, '').trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) {
    throw new ArchiveError(`the ${name} in the header at byte ${at} is no octal number`);
  }
  return Number.parseInt(text, 8);
}

function base256(field: Uint8Array, name: string, at: number): number {
  // The second bit is the sign.
  if (((field[0] ?? 0) & 0x40) !== 0) {
    throw new ArchiveError(`the ${name} in the header at byte ${at} is below 0`);
  }
  let value = (field[0] ?? 0) & 0x3f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return checkedSize(value, name, at);
}

/** A number of bytes that can be counted exactly. */
export function checkedSize(value: number, name: string, at: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ArchiveError(`the ${name} in the header at byte ${at} is too large`);
}
