/**
 * Pages of a bbolt file, the format of etcd's database: a B+tree of fixed pages in little-endian
 * order, with two copies of the head at its begin.
 */

/** Bytes of a page. */
export const PAGE_BYTES = 4096;

const HEADER_BYTES = 16;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const META_BYTES = 64;

const flags = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** Marks an entry of a leaf that is a bucket. */
const BUCKET_ENTRY = 0x01;

/** One key of a leaf page, in the order of the keys. */
export interface LeafEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly isBucket?: boolean;
}

/** One child of a branch page: the page, and the first key in it. */
export interface BranchEntry {
  readonly key: Uint8Array;
  readonly page: number;
}

/** The head of a file. */
export interface BoltMeta {
  /** The page of the bucket of buckets. */
  readonly root: number;
  /** A number that the file carries for who wrote it. */
  readonly sequence: bigint;
  readonly freelist: number;
  /** How many pages there are. */
  readonly pages: number;
  /** The number of the last transaction. */
  readonly transaction: bigint;
}

/** The page `id`, 0 or 1, with the head. */
export function metaPage(id: number, meta: BoltMeta): Uint8Array {
  const page = header(id, flags.meta, 0, 0, PAGE_BYTES);
  const head = page.subarray(HEADER_BYTES, HEADER_BYTES + META_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(VERSION, 4);
  head.writeUInt32LE(PAGE_BYTES, 8);
  head.writeBigUInt64LE(BigInt(meta.root), 16);
  head.writeBigUInt64LE(meta.sequence, 24);
  head.writeBigUInt64LE(BigInt(meta.freelist), 32);
  head.writeBigUInt64LE(BigInt(meta.pages), 40);
  head.writeBigUInt64LE(meta.transaction, 48);
  head.writeBigUInt64LE(fnv64a(head.subarray(0, 56)), 56);
  return page;
}

/** The newer valid head of a file, from its first two pages; absent when neither is one. */
export function readMeta(file: Uint8Array): BoltMeta | undefined {
  const found = [0, 1].flatMap((id) => metaAt(file, id * PAGE_BYTES) ?? []);
  return found.sort((a, b) => Number(b.transaction - a.transaction))[0];
}

function metaAt(file: Uint8Array, offset: number): BoltMeta | undefined {
  const start = offset + HEADER_BYTES;
  if (file.length < start + META_BYTES) return undefined;
  const head = Buffer.from(file.buffer, file.byteOffset + start, META_BYTES);
  const valid =
    head.readUInt32LE(0) === MAGIC &&
    head.readUInt32LE(4) === VERSION &&
    head.readBigUInt64LE(56) === fnv64a(head.subarray(0, 56));
  if (!valid) return undefined;
  return {
    root: Number(head.readBigUInt64LE(16)),
    sequence: head.readBigUInt64LE(24),
    freelist: Number(head.readBigUInt64LE(32)),
    pages: Number(head.readBigUInt64LE(40)),
    transaction: head.readBigUInt64LE(48),
  };
}

/** A leaf with its entries; more than one page when they need it. */
export function leafPages(id: number, entries: readonly LeafEntry[]): Uint8Array {
  const bytes = leafBytes(entries);
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  return writeLeaf(id, entries, pages - 1, pages * PAGE_BYTES);
}

function leafBytes(entries: readonly LeafEntry[]): number {
  return entries.reduce(
    (sum, { key, value }) => sum + 16 + key.length + value.length,
    HEADER_BYTES,
  );
}

function writeLeaf(
  id: number,
  entries: readonly LeafEntry[],
  overflow: number,
  bytes: number,
): Buffer {
  const page = header(id, flags.leaf, entries.length, overflow, bytes);
  let at = HEADER_BYTES + entries.length * 16;
  for (const [index, { key, value, isBucket = false }] of entries.entries()) {
    const element = HEADER_BYTES + index * 16;
    page.writeUInt32LE(isBucket ? BUCKET_ENTRY : 0, element);
    page.writeUInt32LE(at - element, element + 4);
    page.writeUInt32LE(key.length, element + 8);
    page.writeUInt32LE(value.length, element + 12);
    page.set(key, at);
    page.set(value, at + key.length);
    at += key.length + value.length;
  }
  return page;
}

/** A branch over other pages; the caller sees to it that they fit. */
export function branchPage(id: number, children: readonly BranchEntry[]): Uint8Array {
  const page = header(id, flags.branch, children.length, 0, PAGE_BYTES);
  let at = HEADER_BYTES + children.length * 16;
  for (const [index, { key, page: child }] of children.entries()) {
    const element = HEADER_BYTES + index * 16;
    page.writeUInt32LE(at - element, element);
    page.writeUInt32LE(key.length, element + 4);
    page.writeBigUInt64LE(BigInt(child), element + 8);
    page.set(key, at);
    at += key.length;
  }
  return page;
}

/** How many pages the list of `free` pages takes. */
export function freelistPages(free: number): number {
  return Math.ceil((HEADER_BYTES + 8 * (free + 1)) / PAGE_BYTES);
}

/** The list of free pages: `free` of them, from `first` on. */
export function freelist(id: number, first: number, free: number): Uint8Array {
  const pages = freelistPages(free);
  // A count that does not fit comes before the list.
  const long = free >= 0xffff;
  const page = header(id, flags.freelist, long ? 0xffff : free, pages - 1, pages * PAGE_BYTES);
  let at = HEADER_BYTES;
  if (long) at = page.writeBigUInt64LE(BigInt(free), at);
  for (let index = 0; index < free; index++) {
    at = page.writeBigUInt64LE(BigInt(first + index), at);
  }
  return page;
}

/** The value of a bucket that has pages of its own. */
export function bucketAt(root: number): Uint8Array {
  const value = Buffer.alloc(16);
  value.writeBigUInt64LE(BigInt(root), 0);
  return value;
}

/** The value of a small bucket, which is kept where it is named. */
export function inlineBucket(entries: readonly LeafEntry[]): Uint8Array {
  return Buffer.concat([Buffer.alloc(16), writeLeaf(0, entries, 0, leafBytes(entries))]);
}

function header(id: number, kind: number, count: number, overflow: number, bytes: number): Buffer {
  const page = Buffer.alloc(bytes);
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(kind, 8);
  page.writeUInt16LE(count, 10);
  page.writeUInt32LE(overflow, 12);
  return page;
}

/** The FNV-1a hash of 64 bits. */
function fnv64a(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
