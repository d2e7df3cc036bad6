import type { Init } from 'talos-client';
import type { DiskUsageInfo, DiskUsageRequest } from '../../../generated/files.js';
import type { Files } from './files.js';
import { slashes, type Walked, walk } from './walk.js';

/**
 * What files and directories take: what is in a directory comes before it, and counts in it.
 *
 * As in Talos, the first of several paths that there is is the only one to be measured.
 */
export function* diskUsage(
  system: Files,
  request: DiskUsageRequest,
): Generator<Init<DiskUsageInfo>, void, undefined> {
  for (const given of request.paths) {
    const path = absolute(given);
    let entries: Iterable<Walked>;
    try {
      entries = walk(system, path, { depth: -1 });
    } catch (problem) {
      yield { name: path, relativeName: path, error: (problem as Error).message };
      continue;
    }
    yield* measure(system, entries, slashes(path), request);
    return;
  }
}

/** The path that is meant by what a caller gave: a slash in front, and none at the end. */
export function absolute(path: string): string {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return rooted.replace(/\/$/, '') || '/';
}

interface Open {
  readonly entry: Walked;
  size: number;
}

function* measure(
  system: Files,
  entries: Iterable<Walked>,
  rootSlashes: number,
  request: DiskUsageRequest,
): Generator<Init<DiskUsageInfo>, void, undefined> {
  // The directories that the walk is in, from the root down.
  const open: Open[] = [];
  const info = ({ path, relative }: Walked, size: number, isDirectory: boolean) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.size += size;
    const depth = path === '/' ? 0 : slashes(path) - rootSlashes;
    return isShown(request, size, depth, isDirectory)
      ? { name: path, relativeName: relative, size: BigInt(size) }
      : undefined;
  };
  for (const entry of entries) {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (isIn(entry.path, last.entry.path)) break;
      open.pop();
      const shown = info(last.entry, last.size, true);
      if (shown !== undefined) yield shown;
    }
    const { path, relative, problem, found } = entry;
    if (problem !== undefined) {
      yield { name: path, relativeName: relative, error: problem.message };
    } else if (found.node.kind === 'directory') {
      open.push({ entry, size: system.sizeOf(found) });
    } else {
      const shown = info(entry, system.sizeOf(found), false);
      if (shown !== undefined) yield shown;
    }
  }
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    const shown = info(last.entry, last.size, true);
    if (shown !== undefined) yield shown;
  }
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function isShown(
  { recursionDepth, all, threshold }: DiskUsageRequest,
  size: number,
  depth: number,
  isDirectory: boolean,
): boolean {
  if (recursionDepth > 0 && depth >= recursionDepth) return false;
  if (!isDirectory && !all) return false;
  if (threshold > 0n) return BigInt(size) >= threshold;
  return threshold === 0n || BigInt(size) <= -threshold;
}
