/** What is known of an entry once it is written. */
export interface ZipEntry {
  readonly name: Uint8Array;
  readonly crc: number;
  /** Bytes of the content, and of what was made of it. */
  readonly size: number;
  readonly packedSize: number;
  /** Where its header begins. */
  readonly offset: number;
}

/** Date and time of all entries, as MS-DOS has them: to two seconds, from 1980 on. */
export interface DosTime {
  readonly time: number;
  readonly date: number;
}

/** Numbers that do not fit stand in records of the zip64 format, and this in their place. */
const MOST_32 = 0xffff_ffff;
const MOST_16 = 0xffff;

/** Sizes stand behind the content; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATE = 8;
/** Made on Unix, by the rules of version 4.5; version 2.0 reads entries without zip64. */
const MADE_BY = (3 << 8) | 45;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** An ordinary file that only its owner can read. */
const ATTRIBUTES = (0o100600 << 16) >>> 0;

/** A time in UTC, which is what the entries have: zip has no time zone. */
export function dosTime(now: number): DosTime {
  const at = new Date(Math.max(now, Date.UTC(1980, 0, 1)));
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  };
}

/** From where on numbers are written in zip64; tests take a smaller one. */
export type Limit = number;
export const limitOfZip: Limit = MOST_32;

/** The header before the content, which says nothing of its length yet. */
export function localHeader(name: Uint8Array, { time, date }: DosTime): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATE, 8);
  header.writeUInt16LE(time, 10);
  header.writeUInt16LE(date, 12);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

/** What stands behind the content. */
export function dataDescriptor({ crc, size, packedSize }: ZipEntry, limit: Limit): Buffer {
  const isLong = size >= limit || packedSize >= limit;
  const record = Buffer.alloc(isLong ? 24 : 16);
  record.writeUInt32LE(0x0807_4b50, 0);
  record.writeUInt32LE(crc, 4);
  if (isLong) {
    record.writeBigUInt64LE(BigInt(packedSize), 8);
    record.writeBigUInt64LE(BigInt(size), 16);
  } else {
    record.writeUInt32LE(packedSize, 8);
    record.writeUInt32LE(size, 12);
  }
  return record;
}

/** The record of an entry in the directory at the end. */
export function directoryRecord(entry: ZipEntry, { time, date }: DosTime, limit: Limit): Buffer {
  const { name, crc, size, packedSize, offset } = entry;
  const isLong = size >= limit || packedSize >= limit || offset >= limit;
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x0201_4b50, 0);
  record.writeUInt16LE(MADE_BY, 4);
  record.writeUInt16LE(isLong ? VERSION_ZIP64 : VERSION, 6);
  record.writeUInt16LE(FLAGS, 8);
  record.writeUInt16LE(DEFLATE, 10);
  record.writeUInt16LE(time, 12);
  record.writeUInt16LE(date, 14);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(isLong ? MOST_32 : packedSize, 20);
  record.writeUInt32LE(isLong ? MOST_32 : size, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(isLong ? 28 : 0, 30);
  record.writeUInt32LE(ATTRIBUTES, 38);
  record.writeUInt32LE(isLong ? MOST_32 : offset, 42);
  if (!isLong) return Buffer.concat([record, name]);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  extra.writeBigUInt64LE(BigInt(packedSize), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  return Buffer.concat([record, name, extra]);
}

/** Where the directory lies, and what is in it. */
export interface Directory {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
}

/** What a zip ends with. */
export function endOfZip({ entries, size, offset }: Directory, limit: Limit): Buffer {
  const isLong = entries >= Math.min(MOST_16, limit) || size >= limit || offset >= limit;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(isLong ? MOST_16 : entries, 8);
  end.writeUInt16LE(isLong ? MOST_16 : entries, 10);
  end.writeUInt32LE(isLong ? MOST_32 : size, 12);
  end.writeUInt32LE(isLong ? MOST_32 : offset, 16);
  return isLong ? Buffer.concat([zip64End({ entries, size, offset }), end]) : end;
}

function zip64End({ entries, size, offset }: Directory): Buffer {
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x0606_4b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY, 12);
  record.writeUInt16LE(VERSION_ZIP64, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  // And where this record is found.
  record.writeUInt32LE(0x0706_4b50, 56);
  record.writeBigUInt64LE(BigInt(offset + size), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
