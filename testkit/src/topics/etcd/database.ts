import { freelistPages, PAGE_BYTES } from './bolt.js';

/** How many keys a page has, and how many pages a branch. */
export const KEYS_PER_PAGE = 3;
export const FANOUT = 120;

/** Space that old revisions leave behind, in shares of what is in use, and how fast. */
const MOST_FREE = 0.6;
const FILLING_MS = 1_200_000;

/** Where everything is in the file of a database. All numbers are pages. */
export interface Layout {
  /** How many keys there are. */
  readonly keys: number;
  /** The levels of the tree of keys, the leaves first: where each begins, and how many pages. */
  readonly levels: readonly { readonly first: number; readonly pages: number }[];
  /** The bucket of buckets. */
  readonly root: number;
  /** The free pages come last. */
  readonly firstFree: number;
  readonly free: number;
  readonly pages: number;
}

/** The pages of a database with the keys of a revision. */
export function layoutOf(revision: bigint, free: number, rootPages = 1): Layout {
  const keys = Math.max(1, Math.min(Number(revision), 2400 + Math.floor(Number(revision) / 32)));
  const levels: { first: number; pages: number }[] = [];
  let next = 2 + freelistPages(free);
  let pages = Math.ceil(keys / KEYS_PER_PAGE);
  for (;;) {
    levels.push({ first: next, pages });
    next += pages;
    if (pages === 1) break;
    pages = Math.ceil(pages / FANOUT);
  }
  const firstFree = next + rootPages;
  return { keys, levels, root: next, firstFree, free, pages: firstFree + free };
}

/** How many pages are free so long after the file was written anew. */
export function freePages(revision: bigint, ageMs: number): number {
  const used = layoutOf(revision, 0).pages;
  return Math.floor(used * MOST_FREE * (1 - Math.exp(-Math.max(0, ageMs) / FILLING_MS)));
}

/** The size of a database file, as its member reports it. */
export interface DatabaseSize {
  /** Bytes of the file. */
  readonly total: bigint;
  /** Bytes of those that hold data. */
  readonly inUse: bigint;
}

/** The size of a database, so long after it was written anew. */
export function sizeOf(revision: bigint, ageMs: number): DatabaseSize {
  const { pages, firstFree } = layoutOf(revision, freePages(revision, ageMs));
  return { total: BigInt(pages * PAGE_BYTES), inUse: BigInt(firstFree * PAGE_BYTES) };
}
