import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The directory that the file at `path` is in. Makes it, for its owner alone (0700), if it is missing. */
export async function ownDirectory(path: string): Promise<string> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}
