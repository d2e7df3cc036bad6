import { compareReleases, parseRelease } from '../track/release.js';
import type { DescribedNode } from './node.js';

/** The releases of Talos in a cluster. */
export interface DescribedVersions {
  /** Each release once, the oldest first. */
  readonly all: readonly string[];
  readonly oldest: string | undefined;
  readonly newest: string | undefined;
  /** Whether there is more than one. */
  readonly differ: boolean;
}

/** The releases of nodes. */
export function versionsOf(nodes: readonly DescribedNode[]): DescribedVersions {
  const found = nodes.flatMap(({ version }) => version ?? []);
  const all = [...new Set(found)].sort(byVersion);
  return { all, oldest: all[0], newest: all.at(-1), differ: all.length > 1 };
}

/** A pre-release, such as `v1.14.0-rc.1`, stands before its release; what is no release, before all. */
function byVersion(one: string, other: string): number {
  const [mine, theirs] = [parseRelease(one), parseRelease(other)];
  if (mine !== undefined && theirs !== undefined) return compareReleases(mine, theirs);
  if (mine === undefined && theirs === undefined) return one < other ? -1 : 1;
  return mine === undefined ? -1 : 1;
}
