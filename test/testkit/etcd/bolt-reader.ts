import { PAGE_BYTES, readMeta } from '../../../testkit/src/topics/etcd/bolt.js';

/** An entry of a leaf: a key with its value, or a bucket. */
interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
}

/** What a database file has, read as bbolt does from its head on. */
export interface BoltFile {
  /** The keys of each bucket, in the order of the file. */
  readonly buckets: ReadonlyMap<string, readonly Entry[]>;
  /** How often each page is used; the head, the list of free pages and those in it as well. */
  readonly uses: ReadonlyMap<number, number>;
  readonly pages: number;
}

/** Reads a database file. Written from the format, apart from the code that writes such files. */
export function readBolt(file: Buffer): BoltFile {
  const meta = readMeta(file);
  if (meta === undefined) throw new Error('the file has no head');
  const uses = new Map<number, number>();
  const use = (page: number) => uses.set(page, (uses.get(page) ?? 0) + 1);
  use(0);
  use(1);
  const pageAt = (id: number): Buffer => {
    const start = id * PAGE_BYTES;
    if (file.readBigUInt64LE(start) !== BigInt(id)) throw new Error(`page ${id} says another id`);
    const overflow = file.readUInt32LE(start + 12);
    for (let page = id; page <= id + overflow; page++) use(page);
    return file.subarray(start, start + (overflow + 1) * PAGE_BYTES);
  };
  const tree = (id: number): readonly Entry[] => {
    const page = pageAt(id);
    if (page.readUInt16LE(8) !== 0x01) return leaf(page);
    return children(page).flatMap(({ key, page: child }) => {
      const entries = tree(child);
      if (entries[0]?.key.equals(key) !== true) {
        throw new Error(`branch ${id} names a key that page ${child} does not begin with`);
      }
      return entries;
    });
  };
  const free = pageAt(meta.freelist);
  for (let index = 0; index < free.readUInt16LE(10); index++) {
    use(Number(free.readBigUInt64LE(16 + index * 8)));
  }
  const buckets = new Map<string, readonly Entry[]>();
  for (const { key, value, isBucket } of tree(meta.root)) {
    if (!isBucket) throw new Error(`${key} is no bucket`);
    const root = Number(value.readBigUInt64LE(0));
    buckets.set(key.toString(), root === 0 ? leaf(value.subarray(16)) : tree(root));
  }
  return { buckets, uses, pages: meta.pages };
}

function leaf(page: Buffer): readonly Entry[] {
  if (page.readUInt16LE(8) !== 0x02) throw new Error('a page is no leaf');
  return Array.from({ length: page.readUInt16LE(10) }, (_, index) => {
    const element = 16 + index * 16;
    const start = element + page.readUInt32LE(element + 4);
    const middle = start + page.readUInt32LE(element + 8);
    return {
      isBucket: page.readUInt32LE(element) === 1,
      key: page.subarray(start, middle),
      value: page.subarray(middle, middle + page.readUInt32LE(element + 12)),
    };
  });
}

function children(page: Buffer): readonly { readonly key: Buffer; readonly page: number }[] {
  return Array.from({ length: page.readUInt16LE(10) }, (_, index) => {
    const element = 16 + index * 16;
    const start = element + page.readUInt32LE(element);
    return {
      key: page.subarray(start, start + page.readUInt32LE(element + 4)),
      page: Number(page.readBigUInt64LE(element + 8)),
    };
  });
}
