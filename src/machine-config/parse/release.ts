import { MachineConfigError } from '../error.js';
import { releases } from '../structure/structure.js';

/** The newest release that the table knows. */
const newest = releases.at(-1) ?? '';

/**
 * The release that is to read a configuration, out of `v1.12.3`, `1.12` or nothing for the newest.
 *
 * @throws {MachineConfigError} when it is no version of Talos, or one older than the table.
 */
export function releaseOf(talos: string | undefined): string {
  if (talos === undefined) return newest;
  const [, release] = /^v?(\d{1,4}\.\d{1,4})(?:[.-].*)?$/.exec(talos) ?? [];
  const oldest = releases[0] ?? '';
  if (release === undefined || isOlder(release, oldest)) {
    throw new MachineConfigError([
      { message: `the option talos must be a release of Talos from ${oldest} on, like v${newest}` },
    ]);
  }
  return release;
}

/** Why a release does not know a field or kind; `undefined` when it does. */
export function isKnownIn(
  release: string,
  {
    since,
    removed,
  }: { readonly since?: string | undefined; readonly removed?: string | undefined },
): string | undefined {
  if (since !== undefined && isOlder(release, since)) {
    return `came with Talos ${since}; Talos ${release} does not know it`;
  }
  if (removed !== undefined && !isOlder(release, removed)) {
    return `is no longer known since Talos ${removed}`;
  }
  return undefined;
}

/** Whether release `a` came before `b`. */
export function isOlder(a: string, b: string): boolean {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor);
}
