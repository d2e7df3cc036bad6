/** Reads `length` bytes of a file at `position`; fewer where it ends. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

/** The longest way from the root of a tree to a leaf. No real one comes near it; a circle has no end. */
const MOST_LEVELS = 64;
const HEADER_BYTES = 16;
const ELEMENT_BYTES = 16;
const META_BYTES = 64;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const BRANCH = 0x01;
const LEAF = 0x02;
/** The bucket of etcd that has its keys, each under the revision that wrote it. */
const KEYS = Buffer.from('key');
const REVISION_BYTES = 8;
/** Keys of bbolt have 32 KiB at most. */
const LONGEST_KEY = 32_768;

/**
 * The revision of the newest key in a database of etcd; nothing where the file is no such database.
 * Only a few pages are read: etcd keeps a B+tree of bbolt, and the newest key is the last of its bucket.
 *
 * Source of the format: the documentation of bbolt's pages; keys begin with the main revision, eight
 * bytes, the highest first.
 */
export async function readRevision(readAt: ReadAt): Promise<bigint | undefined> {
  try {
    const file = await Tree.open(readAt);
    const keys = await file?.bucket(KEYS);
    const last = keys === undefined ? undefined : await file?.lastKey(keys);
    if (last === undefined || last.length < REVISION_BYTES) return undefined;
    return last.readBigUInt64BE(0);
  } catch (error) {
    if (error instanceof NoDatabase) return undefined;
    throw error;
  }
}

/** Something is not as it is in a database. */
class NoDatabase extends Error {}

interface Page {
  readonly start: number;
  readonly kind: number;
  readonly count: number;
}

/** The pages of a file, as far as they are needed here. */
class Tree {
  readonly #readAt: ReadAt;
  readonly #pageBytes: number;
  readonly #root: number;

  private constructor(readAt: ReadAt, pageBytes: number, root: number) {
    this.#readAt = readAt;
    this.#pageBytes = pageBytes;
    this.#root = root;
  }

  /** The tree of the newer of two heads; nothing where neither is one. */
  static async open(readAt: ReadAt): Promise<Tree | undefined> {
    const first = headOf(await readAt(HEADER_BYTES, META_BYTES));
    const second = headOf(await readAt((first?.pageBytes ?? 4096) + HEADER_BYTES, META_BYTES));
    const [head] = [first, second]
      .filter((one) => one !== undefined)
      .sort((one, other) => (one.transaction > other.transaction ? -1 : 1));
    return head && new Tree(readAt, head.pageBytes, head.root);
  }

  /** The page at the root of a bucket; nothing where it is empty or written into its entry. */
  async bucket(name: Buffer): Promise<number | undefined> {
    let id = this.#root;
    for (let level = 0; level < MOST_LEVELS; level += 1) {
      const page = await this.#page(id);
      let below: number | undefined;
      for (let index = 0; index < page.count; index += 1) {
        const { key, element } = await this.#element(page, index);
        const order = Buffer.compare(key, name);
        if (page.kind === BRANCH) {
          // The child before the first that begins behind the name.
          if (order > 0 && below !== undefined) break;
          below = number(element.readBigUInt64LE(8));
        } else if (order === 0) {
          return this.#rootIn(page, index, element);
        }
      }
      if (below === undefined) return undefined;
      id = below;
    }
    throw new NoDatabase();
  }

  /** The page that the entry of a bucket names; it names none where the bucket is in the entry. */
  async #rootIn(page: Page, index: number, element: Buffer): Promise<number | undefined> {
    const at = page.start + HEADER_BYTES + index * ELEMENT_BYTES;
    const value = at + element.readUInt32LE(4) + element.readUInt32LE(8);
    return number((await this.#read(value, 8)).readBigUInt64LE(0)) || undefined;
  }

  /** The last key of a tree. */
  async lastKey(root: number): Promise<Buffer | undefined> {
    let id = root;
    for (let level = 0; level < MOST_LEVELS; level += 1) {
      const page = await this.#page(id);
      if (page.count === 0) return undefined;
      const { key, element } = await this.#element(page, page.count - 1);
      if (page.kind === LEAF) return key;
      id = number(element.readBigUInt64LE(8));
    }
    throw new NoDatabase();
  }

  async #page(id: number): Promise<Page> {
    const start = id * this.#pageBytes;
    const header = await this.#read(start, HEADER_BYTES);
    const kind = header.readUInt16LE(8);
    if (kind !== BRANCH && kind !== LEAF) throw new NoDatabase();
    return { start, kind, count: header.readUInt16LE(10) };
  }

  /** An entry of a page, and its key. Leaves and branches have the places of the key elsewhere. */
  async #element(
    page: Page,
    index: number,
  ): Promise<{ readonly element: Buffer; readonly key: Buffer }> {
    const at = page.start + HEADER_BYTES + index * ELEMENT_BYTES;
    const element = await this.#read(at, ELEMENT_BYTES);
    const place = page.kind === LEAF ? 4 : 0;
    const length = element.readUInt32LE(place + 4);
    if (length > LONGEST_KEY) throw new NoDatabase();
    return { element, key: await this.#read(at + element.readUInt32LE(place), length) };
  }

  async #read(position: number, length: number): Promise<Buffer> {
    if (!Number.isSafeInteger(position)) throw new NoDatabase();
    const bytes = await this.#readAt(position, length);
    if (bytes.length < length) throw new NoDatabase();
    return bytes;
  }
}

function headOf(
  meta: Buffer,
): { readonly pageBytes: number; readonly root: number; readonly transaction: bigint } | undefined {
  const isHead =
    meta.length === META_BYTES &&
    meta.readUInt32LE(0) === MAGIC &&
    meta.readUInt32LE(4) === VERSION &&
    meta.readBigUInt64LE(56) === fnv64a(meta.subarray(0, 56));
  if (!isHead) return undefined;
  return {
    pageBytes: meta.readUInt32LE(8),
    root: number(meta.readBigUInt64LE(16)),
    transaction: meta.readBigUInt64LE(48),
  };
}

/** A number of a page; what is too large for one leads nowhere. */
function number(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NoDatabase();
  return Number(value);
}

/** The checksum of a head. */
function fnv64a(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
