import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { record, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { configError } from './place.js';

/** Where pods with a Talos service account find their talosconfig. Nothing writes there. */
export const IN_CLUSTER_PATH = '/var/run/secrets/talos.dev/config';

/** Which talosconfig to look for. */
export interface FindOptions {
  /** A file to read in place of any other. Relative to the working directory. */
  readonly path?: string | undefined;
  /**
   * The environment variables: `TALOSCONFIG`, `TALOS_HOME` and `HOME` count. Default: those of the
   * process.
   */
  readonly env?: Environment | undefined;
}

export const findShape: Shape<FindOptions> = { path: text, env: record };

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A place to look at. */
export interface Candidate {
  readonly path: string;
  /** What named this file, which then has to be there: an option or a variable. */
  readonly named?: 'path' | 'TALOSCONFIG';
}

/**
 * The places to look at, in order: a named file alone, or else those that Talos knows.
 *
 * @throws {TalosConfigError} when the option `path` is empty.
 */
export function candidates({ path, env = process.env }: FindOptions): readonly Candidate[] {
  if (path === '') {
    throw new TalosConfigError('path: must not be empty; leave it out to search', {
      field: 'path',
    });
  }
  if (path !== undefined) return [{ path, named: 'path' }];
  if (env.TALOSCONFIG) return [{ path: env.TALOSCONFIG, named: 'TALOSCONFIG' }];
  const directory = talosDirectory(env);
  const own = directory === undefined ? [] : [{ path: join(directory, 'config') }];
  return [...own, { path: IN_CLUSTER_PATH }];
}

/** `$TALOS_HOME`, which Talos takes only as an absolute path, or `~/.talos`. */
function talosDirectory({ TALOS_HOME, HOME }: Environment): string | undefined {
  if (TALOS_HOME && isAbsolute(TALOS_HOME)) return TALOS_HOME;
  return HOME ? join(HOME, '.talos') : undefined;
}

/**
 * The first candidate that is there.
 *
 * @throws {TalosConfigError} when a named one is not there, cannot be looked at, or none is there.
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
      // Falling through to another file could mean to work on another cluster.
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
 * The talosconfig that `readTalosconfig` and `loadTalosconfig` read: the file at `path`, else the
 * one that `$TALOSCONFIG` names, else the first that is there of `config` in `$TALOS_HOME` (if that
 * is an absolute path) or in `~/.talos`, and `/var/run/secrets/talos.dev/config`, where pods have
 * it. Unlike `talosctl`, creates no file, and looks no further when a named one is missing.
 *
 * @throws {TalosConfigError} when a named file is missing, or none is found.
 */
export async function findTalosconfig(options: FindOptions = {}): Promise<string> {
  checkOptions(options, findShape, 'findTalosconfig');
  return firstPresent(candidates(options));
}
