import { releases } from '../../machine-config/structure/structure.js';

/**
 * The release for which a machine configuration is read, out of what a node says of itself. A node that
 * is older than all that the library knows is taken for the oldest; the newest is the default.
 */
export function releaseOfNode(tag: string | undefined): string | undefined {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})/.exec(tag ?? '') ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const [oldest = '1.9'] = releases;
  const [oldMajor = 0, oldMinor = 0] = oldest.split('.').map(Number);
  const isOlder =
    Number(major) < oldMajor || (Number(major) === oldMajor && Number(minor) < oldMinor);
  return isOlder ? oldest : `${major}.${minor}`;
}
