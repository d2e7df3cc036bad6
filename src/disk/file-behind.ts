import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A path leads from one symbolic link to the next, and nowhere. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * The file that `path` leads to, also when it is a link to one that is not there yet.
 *
 * @param look is told each path on the way, by all its names, and may throw
 * @throws {LinkError} when there are too many links
 */
export async function fileBehind(
  path: string,
  look: (path: string) => void = () => {},
): Promise<string> {
  let next = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const directory = await realpath(dirname(next)).catch(() => dirname(next));
    const file = join(directory, basename(next));
    look(next);
    look(file);
    const link = await readlink(file).catch(() => undefined);
    if (link === undefined) return file;
    next = resolve(directory, link);
  }
  throw new LinkError('is a symbolic link that leads nowhere');
}
