import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { record, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { inHome } from './home-path.js';
import { configError } from './place.js';

/** Where pods with a Talos service account find their talosconfig. Nothing writes there. */
export const IN_CLUSTER_PATH = '/var/run/secrets/talos.dev/config';

/** Which talosconfig to look for. */
export interface FindOptions {
  /** A file to read instead of any other. Relative to the working directory; `~` is the home folder. */
  readonly path?: string | undefined;
  /**
   * The environment variables; only `TALOSCONFIG`, `TALOS_HOME` and `HOME` are read. Default: those
   * of the process.
   */
  readonly env?: Environment | undefined;
}

export const findShape: Shape<FindOptions> = { path: text, env: record };

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A place to look at. */
export interface Candidate {
  readonly path: string;
  /** The option or variable that named this file. A named file has to be there. */
  readonly named?: 'path' | 'TALOSCONFIG';
}

/**
 * The places to look at, in order: only the named file if there is one, or else those Talos knows.
 *
 * @throws {TalosConfigError} when the option `path` is empty.
 */
export function candidates({ path, env = process.env }: FindOptions): readonly Candidate[] {
  if (path === '') {
    throw new TalosConfigError('path: must not be empty; leave it out to search', {
      field: 'path',
    });
  }
  if (path !== undefined) return [{ path: inHome(path, env.HOME), named: 'path' }];
  if (env.TALOSCONFIG) {
    return [{ path: inHome(env.TALOSCONFIG, env.HOME), named: 'TALOSCONFIG' }];
  }
  const directory = talosDirectory(env);
  const own = directory === undefined ? [] : [{ path: join(directory, 'config') }];
  return [...own, { path: IN_CLUSTER_PATH }];
}

/** `$TALOS_HOME`, which Talos takes only as an absolute path, or `~/.talos`. */
export function talosDirectory({ TALOS_HOME, HOME }: Environment): string | undefined {
  if (TALOS_HOME && isAbsolute(TALOS_HOME)) return TALOS_HOME;
  return HOME ? join(HOME, '.talos') : undefined;
}

/**
 * The first candidate that is there.
 *
 * @throws {TalosConfigError} when a named one is missing, one cannot be looked at, or all are
 * missing.
 */
export async function firstPresent(list: readonly Candidate[]): Promise<string> {
  for (const { path, named } of list) {
    try {
      await stat(path);
      return path;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const absent = code === 'ENOENT' || code === 'ENOTDIR';
      if (absent && named === undefined) continue;
      // Going on to another file could mean working on another cluster.
      const reason = absent ? 'there is no such file' : `cannot be looked at (${code})`;
      const origin =
        named === undefined
          ? ''
          : `, named by ${named === 'path' ? 'the option `path`' : '$TALOSCONFIG'}`;
      throw configError(`${reason}${origin}`, { path }, { cause });
    }
  }
  const places = list.map(({ path }) => path).join(', ');
  throw new TalosConfigError(
    `no talosconfig found; looked for ${places}. Set TALOSCONFIG or the option \`path\` to the file`,
    { field: 'path' },
  );
}

/**
 * The path of the talosconfig that `readTalosconfig` and `loadTalosconfig` read. It is the first of:
 *
 * 1. the option `path`,
 * 2. the file that `$TALOSCONFIG` names,
 * 3. if it exists, `config` in `$TALOS_HOME`, or in `~/.talos` when `$TALOS_HOME` is not an absolute
 *    path,
 * 4. if it exists, `/var/run/secrets/talos.dev/config`, where pods have it.
 *
 * Unlike `talosctl`, it creates no file, and it looks no further when a named file (1 or 2) is
 * missing.
 *
 * @throws {TalosConfigError} when a named file is missing, or none is found.
 */
export async function findTalosconfig(options: FindOptions = {}): Promise<string> {
  checkOptions(options, findShape, 'findTalosconfig');
  return firstPresent(candidates(options));
}
