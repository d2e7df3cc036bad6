import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NotAFileError, replaceFile } from '../disk/replace-file.js';
import { described } from '../runtime/arguments/described.js';
import { text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { IN_CLUSTER_PATH } from './find.js';
import { configError } from './place.js';
import type { Talosconfig } from './talosconfig.js';

/** Where to save a talosconfig. */
export interface SaveOptions {
  /** The file to write. Default: the one the talosconfig was read from. */
  readonly path?: string | undefined;
}

const saveShape: Shape<SaveOptions> = { path: text };

/**
 * Writes a talosconfig to a file that only its owner can read (0600). Makes the directory (0700) if
 * it is missing.
 *
 * The file is replaced as a whole: a reader gets either the old file or the new one, a failure
 * leaves the old one, and the last of several writers wins. If the path is a symbolic link, the
 * file that it leads to is replaced.
 *
 * @throws {TalosConfigError} when there is no path, the file cannot be written, or it is the one
 * that pods get from their service account.
 */
export async function saveTalosconfig(
  config: Talosconfig,
  options: SaveOptions = {},
): Promise<void> {
  if (typeof config?.toYaml !== 'function') {
    throw new TalosConfigError(
      `config: expected a talosconfig as readTalosconfig gives it, got ${described(config)}`,
      { field: 'config' },
    );
  }
  checkOptions(options, saveShape, 'saveTalosconfig');
  const path = options.path ?? config.path;
  if (!path) {
    throw new TalosConfigError(
      'path: say where to save a talosconfig that was not read from a file',
      { field: 'path' },
    );
  }
  try {
    await replaceFile(await destination(path), config.toYaml());
  } catch (cause) {
    if (cause instanceof TalosConfigError) throw cause;
    if (cause instanceof NotAFileError) {
      throw configError(cause.message, { path: cause.path }, { cause });
    }
    const { code } = cause as NodeJS.ErrnoException;
    throw configError(`cannot be written (${code ?? 'unknown reason'})`, { path }, { cause });
  }
}

/** The file that `path` leads to, also when it is a link to one that is not there yet. */
async function destination(path: string, links = 0): Promise<string> {
  const full = resolve(path);
  const directory = await realpath(dirname(full)).catch(() => dirname(full));
  const file = join(directory, basename(full));
  if (isInCluster(full) || isInCluster(file)) {
    throw configError('belongs to the service account of the pod; save to another path', { path });
  }
  const link = await readlink(file).catch(() => undefined);
  if (link === undefined) return file;
  if (links === MOST_LINKS) throw configError('is a symbolic link that leads nowhere', { path });
  return destination(resolve(directory, link), links + 1);
}

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** Whether it is in the directory that Kubernetes keeps up to date, by either of its names. */
function isInCluster(path: string): boolean {
  const directory = `${dirname(IN_CLUSTER_PATH)}/`;
  return path.startsWith(directory) || path.startsWith(directory.replace('/var/run/', '/run/'));
}
