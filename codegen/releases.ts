import type { FeatureTable } from './table.js';

/** The development tree, which is newer than every release. */
export const unreleased = 'main';

/** The release of a version, such as `1.14` of `v1.14.0-rc.1`, or `main`. */
export function releaseOf(version: string): string | undefined {
  return version === unreleased ? unreleased : /^v?(\d+\.\d+)/.exec(version)?.[1];
}

/** Below 0 when `a` is older than `b`; both like `1.14`, or `main`. */
export function compareReleases(a: string, b: string): number {
  if (a === unreleased || b === unreleased)
    return Number(a === unreleased) - Number(b === unreleased);
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether the tree is of an older release than the table was written for. */
export function isOlder(table: FeatureTable, release: string | undefined): boolean {
  if (release === undefined || table.release === undefined) return false;
  return compareReleases(release, table.release) < 0;
}
