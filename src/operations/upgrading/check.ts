import { compareReleases, parseRelease, type Release } from '../track/release.js';
import { type InstallerImage, refused } from './image.js';

/** The last prerelease without `LifecycleService`: nodes up to it only know the older way. */
const lastLegacy: Release = { major: 1, minor: 13, patch: 0, prerelease: ['alpha', '2'] };

/** Whether a node of this release is upgraded in the way before `LifecycleService`. */
export function isLegacy(release: Release): boolean {
  return compareReleases(release, lastLegacy) <= 0;
}

/**
 * Checks that the upgrade is one that Talos allows: to the next minor release, or within one.
 *
 * @throws {TalosConfigError} when releases are left out
 */
export function checkPath(
  running: string,
  { release, version }: InstallerImage,
  skipMinors: boolean,
): Release {
  const from = parseRelease(running);
  if (from === undefined) {
    throw refused('image', `the node runs ${running}, which is no release that can be compared`);
  }
  const isFar = from.major !== release.major || Math.abs(from.minor - release.minor) > 1;
  if (isFar && !skipMinors) {
    throw refused(
      'image',
      `${version} is more than one minor release from ${running}, which the node runs; upgrade ` +
        'through those in between, or set skipMinors',
    );
  }
  return from;
}
