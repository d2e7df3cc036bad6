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

/** By numbers; a pre-release, such as `v1.14.0-rc.1`, stands before its release. */
function byVersion(one: string, other: string): number {
  const [numbers, suffix] = split(one);
  const [otherNumbers, otherSuffix] = split(other);
  const difference = numbers.localeCompare(otherNumbers, 'en', { numeric: true });
  if (difference !== 0 || suffix === otherSuffix) return difference;
  if (suffix === '' || otherSuffix === '') return suffix === '' ? 1 : -1;
  return suffix.localeCompare(otherSuffix, 'en', { numeric: true });
}

function split(version: string): readonly [numbers: string, suffix: string] {
  const [numbers = '', ...suffix] = version.split('-');
  return [numbers, suffix.join('-')];
}
