import { homedir } from 'node:os';
import { join } from 'node:path';

/** `path` with the home folder for `~` at its start, as a shell has it. `~name` stays as it is. */
export function inHome(path: string, home: string | undefined = process.env.HOME): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  return join(home || homedir(), path.slice(1));
}
