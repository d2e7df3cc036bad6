import { createHash } from 'node:crypto';
import {
  type BranchEntry,
  branchPage,
  bucketAt,
  freelist,
  inlineBucket,
  type LeafEntry,
  leafPages,
  metaPage,
  PAGE_BYTES,
} from './bolt.js';
import { FANOUT, KEYS_PER_PAGE, type Layout, layoutOf } from './database.js';
import { keyEntry, revisionKey } from './keys.js';
import { clientUrl, type EtcdMember, isStarted, peerUrl } from './member.js';

/** What is in a database. */
export interface DatabaseContent {
  /** Tells the keys of one cluster from those of another; a restored cluster has those it had. */
  readonly lineage: bigint;
  readonly revision: bigint;
  readonly index: bigint;
  readonly term: bigint;
  readonly members: readonly EtcdMember[];
  /** The version of the data, such as `3.7.0`. */
  readonly storageVersion: string;
  /** How many pages of the file are free. */
  readonly freePages: number;
}

/**
 * A snapshot of a database: the file as etcd has it on disk, which tools for it can open, and the
 * SHA-256 of all bytes before. It comes page by page, each made when it is asked for.
 */
export function* snapshotOf(content: DatabaseContent): Generator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  for (const page of databasePages(content)) {
    hash.update(page);
    yield page;
  }
  yield hash.digest();
}

function* databasePages(content: DatabaseContent): Generator<Uint8Array> {
  const { lineage, revision, freePages } = content;
  // How many pages the buckets take does not depend on where the keys are.
  const rootPages = leafPages(0, buckets(content, 0)).length / PAGE_BYTES;
  const layout = layoutOf(revision, freePages, rootPages);
  const head = {
    root: layout.root,
    sequence: lineage,
    freelist: 2,
    pages: layout.pages,
  };
  yield metaPage(0, { ...head, transaction: revision });
  yield metaPage(1, { ...head, transaction: revision - 1n });
  yield freelist(2, layout.firstFree, layout.free);
  yield* keyPages(content, layout);
  const keyRoot = layout.levels.at(-1)?.first ?? 0;
  yield leafPages(layout.root, buckets(content, keyRoot));
  const empty = Buffer.alloc(PAGE_BYTES);
  for (let index = 0; index < layout.free; index++) yield empty;
}

function* keyPages({ lineage, revision }: DatabaseContent, layout: Layout): Generator<Uint8Array> {
  const { keys, levels } = layout;
  const step = revision / BigInt(keys);
  const revisionAt = (key: number) => revision - BigInt(keys - 1 - key) * step;
  let keysPerPage = KEYS_PER_PAGE;
  for (const [level, { first, pages }] of levels.entries()) {
    const below = levels[level - 1];
    for (let page = 0; page < pages; page++) {
      const id = first + page;
      if (below === undefined) {
        const range = between(page * KEYS_PER_PAGE, keys, KEYS_PER_PAGE);
        yield leafPages(
          id,
          range.map((key) => keyEntry(lineage, key, revisionAt(key))),
        );
        continue;
      }
      const keysOfChild = keysPerPage / FANOUT;
      const children: BranchEntry[] = between(page * FANOUT, below.pages, FANOUT).map((child) => ({
        key: revisionKey(revisionAt(child * keysOfChild)),
        page: below.first + child,
      }));
      yield branchPage(id, children);
    }
    keysPerPage *= FANOUT;
  }
}

function between(start: number, end: number, most: number): readonly number[] {
  return Array.from({ length: Math.min(most, end - start) }, (_, index) => start + index);
}

/** The buckets of etcd, in the order of their names. */
function buckets(content: DatabaseContent, keyRoot: number): readonly LeafEntry[] {
  const { members, storageVersion } = content;
  const small = (name: string, entries: readonly LeafEntry[] = []): LeafEntry => ({
    key: Buffer.from(name),
    value: inlineBucket(entries),
    isBucket: true,
  });
  return [
    small('alarm'),
    small('auth', [text('authRevision', '\0\0\0\0\0\0\0\u0001')]),
    small('authRoles'),
    small('authUsers'),
    small('cluster', [
      text('clusterVersion', storageVersion),
      text('downgrade', '{"target-version":"","enabled":false}'),
    ]),
    { key: Buffer.from('key'), value: bucketAt(keyRoot), isBucket: true },
    small('lease'),
    small(
      'members',
      // In the order of the keys, which are numbers without zeros before them.
      members
        .map((member) => ({ key: member.id.toString(16), member }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ key, member }) => text(key, memberJson(member))),
    ),
    small('members_removed'),
    small('meta', meta(content)),
  ];
}

function meta({ index, term, members, revision, storageVersion }: DatabaseContent): LeafEntry[] {
  const voters = members.filter(({ isLearner }) => !isLearner).map(({ id }) => id);
  const learners = members.filter(({ isLearner }) => isLearner).map(({ id }) => id);
  const compacted = revisionKey(revision > 1000n ? revision - 1000n : 1n);
  return [
    text(
      'confState',
      `{"voters":[${voters}],${learners.length > 0 ? `"learners":[${learners}],` : ''}"auto_leave":false}`,
    ),
    { key: Buffer.from('consistent_index'), value: bigEndian(index) },
    { key: Buffer.from('finishedCompactRev'), value: compacted },
    { key: Buffer.from('scheduledCompactRev'), value: compacted },
    text('storageVersion', storageVersion),
    { key: Buffer.from('term'), value: bigEndian(term) },
  ];
}

/** As JSON with the id as a number, which is larger than JavaScript's JSON can write. */
function memberJson(member: EtcdMember): string {
  const urls = (url: string) => JSON.stringify([url]);
  const rest = isStarted(member)
    ? `,"name":${JSON.stringify(member.name)},"clientURLs":${urls(clientUrl(member))}`
    : '';
  const learner = member.isLearner ? ',"isLearner":true' : '';
  return `{"id":${member.id},"peerURLs":${urls(peerUrl(member))}${learner}${rest}}`;
}

function text(key: string, value: string): LeafEntry {
  return { key: Buffer.from(key), value: Buffer.from(value) };
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
