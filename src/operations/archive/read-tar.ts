import { ArchiveError, CutArchiveError } from './archive-error.js';
import { ByteReader } from './byte-reader.js';
import { type PaxFacts, readPax } from './pax.js';
import { BLOCK, isEmptyBlock, readHeader, type TarHeader } from './tar-header.js';

/** What an entry of an archive is. `other` is what the formats after 1988 added. */
export type TarEntryType =
  | 'file'
  | 'folder'
  | 'symbolic link'
  | 'hard link'
  | 'device'
  | 'pipe'
  | 'sparse file'
  | 'other';

/** An entry of an archive. Nothing in it has been checked: names may be anything. */
export interface TarEntry {
  readonly type: TarEntryType;
  /** The bytes of its name. */
  readonly name: Uint8Array;
  /** Where a link leads; empty for everything else. */
  readonly linkName: Uint8Array;
  /** Permissions with the bits for setuid, setgid and sticky. */
  readonly mode: number;
  /** Bytes of its content. */
  readonly size: number;
  /** The content, which can be read until the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** How an archive is read. */
export interface ReadTarOptions {
  /** Whether it may end after any entry, and within the padding of one. Default: false. */
  readonly mayLackEnd?: boolean | undefined;
}

/** The most bytes of a name, or of the records before a header. */
const LONGEST_RECORDS = 65_536;

const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '1': 'hard link',
  '2': 'symbolic link',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'pipe',
  '7': 'file',
  S: 'sparse file',
};

/** Has no content, whatever its size says. */
const bodiless = new Set<TarEntryType>(['hard link', 'symbolic link', 'device', 'folder', 'pipe']);

/**
 * Reads a tar archive as it comes: the formats of POSIX (1988 and 2001) and of GNU tar. Memory is
 * bound by one chunk of the source, and 64 KiB for long names. What stands behind the end of the archive is
 * read, and left out.
 *
 * @throws {CutArchiveError} when it breaks off
 * @throws {ArchiveError} when it is none
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { mayLackEnd = false }: ReadTarOptions = {},
): AsyncGenerator<TarEntry, void, undefined> {
  const reader = new ByteReader(source);
  try {
    let isFirst = true;
    for (;;) {
      const header = await nextHeader(reader, mayLackEnd && !isFirst);
      if (header === undefined) break;
      isFirst = false;
      const body = new Body(reader, header.size);
      yield { ...header, content: body };
      await body.skip(mayLackEnd);
    }
    // The trailer of the compression and the end of the call come behind the end of the archive.
    while ((await reader.some(BLOCK * 128)).length > 0);
  } finally {
    await reader.leave();
  }
}

type Named = Omit<TarEntry, 'content'>;

/** The next header with what stands before it; nothing at the end. */
async function nextHeader(reader: ByteReader, mayEnd: boolean): Promise<Named | undefined> {
  let pax: PaxFacts = { isSparse: false };
  let longName: Uint8Array | undefined;
  let longLink: Uint8Array | undefined;
  for (let isBare = true; ; isBare = false) {
    const at = reader.position;
    const block = await reader.take(BLOCK);
    if (block.length === 0 && mayEnd && isBare) return undefined;
    if (block.length < BLOCK) {
      throw new CutArchiveError(`the archive breaks off at byte ${reader.position}`);
    }
    if (isEmptyBlock(block)) {
      if (isBare) return undefined;
      throw new ArchiveError(`there is no header of a tar archive at byte ${at}`);
    }
    const header = readHeader(block, at);
    switch (header.type) {
      case 'x':
        pax = readPax(await records(reader, header, at), at);
        break;
      case 'L':
        longName = withoutZero(await records(reader, header, at));
        break;
      case 'K':
        longLink = withoutZero(await records(reader, header, at));
        break;
      case 'g':
        // It speaks of all entries after it: of comments and times, which do not matter here.
        await records(reader, header, at);
        break;
      default:
        return named(header, block, {
          name: pax.path ?? longName ?? header.name,
          linkName: pax.linkPath ?? longLink ?? header.linkName,
          pax,
          at,
        });
    }
  }
}

interface Before {
  readonly name: Uint8Array;
  readonly linkName: Uint8Array;
  readonly pax: PaxFacts;
  readonly at: number;
}

function named(
  { type: flag, mode, size }: TarHeader,
  block: Uint8Array,
  { name, linkName, pax, at }: Before,
): Named {
  const known = types[flag] ?? 'other';
  // Before 1988 a folder was known by the slash at the end of its name.
  const isFolder = known === 'file' && name.at(-1) === 0x2f;
  const type = isFolder ? 'folder' : pax.isSparse && known === 'file' ? 'sparse file' : known;
  if (flag === 'S' && block[482] !== 0) {
    throw new ArchiveError(`the sparse file at byte ${at} has more maps than its header`);
  }
  const isLink = type === 'hard link' || type === 'symbolic link';
  return {
    type,
    name,
    linkName: isLink ? linkName : new Uint8Array(),
    mode,
    size: bodiless.has(known) ? 0 : (pax.size ?? size),
  };
}

/** The content of a header that stands before another one. */
async function records(reader: ByteReader, { size }: TarHeader, at: number): Promise<Uint8Array> {
  if (size > LONGEST_RECORDS) {
    throw new ArchiveError(`the header at byte ${at} is followed by ${size} bytes of records`);
  }
  const padded = await reader.take(size + padding(size));
  if (padded.length < size + padding(size)) {
    throw new CutArchiveError(`the archive breaks off at byte ${reader.position}`);
  }
  return padded.subarray(0, size);
}

function withoutZero(name: Uint8Array): Uint8Array {
  return name.at(-1) === 0 ? name.subarray(0, -1) : name;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The content of an entry, in the chunks in which it comes. */
class Body implements AsyncIterable<Uint8Array> {
  readonly #reader: ByteReader;
  readonly #size: number;
  #left: number;

  constructor(reader: ByteReader, size: number) {
    this.#reader = reader;
    this.#size = size;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const part = await this.#reader.some(this.#left);
      if (part.length === 0) {
        throw new CutArchiveError(
          `the archive breaks off at byte ${this.#reader.position}, ${this.#left} bytes before the end of a file`,
        );
      }
      this.#left -= part.length;
      yield part;
    }
  }

  /** Goes on to the next header. */
  async skip(mayLackPadding: boolean): Promise<void> {
    for await (const _ of this);
    const expected = padding(this.#size);
    const found = await this.#reader.take(expected);
    if (found.length < expected && !mayLackPadding) {
      throw new CutArchiveError(`the archive breaks off at byte ${this.#reader.position}`);
    }
  }
}
