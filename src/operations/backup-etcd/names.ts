import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Names that sort by time: `etcd-20260131T235959123Z-4711.snapshot`. */
const pattern = /^etcd-\d{8}T\d{9}Z-\d+\.snapshot$/;

/**
 * The name of a snapshot in a folder of snapshots, but for its end.
 *
 * @param at milliseconds since 1970
 */
export function beginOfName(at: number): string {
  return `etcd-${new Date(at).toISOString().replace(/[-:.]/g, '')}`;
}

/**
 * The name as a whole.
 *
 * @param revision of etcd: it grows with each change of a key
 */
export function nameOf(begin: string, revision: bigint | undefined): string {
  return `${begin}-${revision ?? 0n}.snapshot`;
}

/** Removes all snapshots of a folder but the `keep` newest. Gives the paths of those removed. */
export async function removeOld(folder: string, keep: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => pattern.test(name)).sort();
  const old = names.slice(0, Math.max(0, names.length - keep)).map((name) => join(folder, name));
  for (const path of old) await rm(path, { force: true });
  return old;
}
