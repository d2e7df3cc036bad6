import type { Clock } from '../../base/time/clock.js';
import { freePages, sizeOf } from './database.js';
import type { Etcd } from './etcd.js';
import { snapshotOf } from './snapshot.js';
import { minorText } from './versions.js';

/** How long the database of a cluster that is up from the start has been filled. */
const SETTLED_MS = 3_600_000;

/** The database file of one member: what is in it comes from the cluster, its size from its age. */
export class MemberDatabase {
  readonly #clock: Clock;
  #writtenAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#writtenAt = clock.now() - SETTLED_MS;
  }

  /** Writes the file anew, without free pages. */
  rewrite(): void {
    this.#writtenAt = this.#clock.now();
  }

  /** The sizes and the version of the file, as the status tells them. */
  facts(etcd: Etcd, id: bigint) {
    const { total, inUse } = sizeOf(etcd.viewOf(id).position.revision, this.#age);
    return { dbSize: total, dbSizeInUse: inUse, storageVersion: storageVersion(etcd) };
  }

  /** The file as it is now, page by page, and its digest. */
  snapshot(etcd: Etcd, id: bigint): Iterable<Uint8Array> {
    const { position, members, term } = etcd.viewOf(id);
    return snapshotOf({
      lineage: etcd.lineage,
      revision: position.revision,
      index: position.index,
      term,
      members,
      storageVersion: storageVersion(etcd),
      freePages: freePages(position.revision, this.#age),
    });
  }

  get #age(): number {
    return this.#clock.now() - this.#writtenAt;
  }
}

function storageVersion({ downgrade }: Etcd): string {
  return `${minorText(downgrade.version)}.0`;
}
