import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileBehind, LinkError } from '../disk/file-behind.js';
import { LockedError, withLock } from '../disk/lock-file.js';
import { NotAFileError, replaceFile } from '../disk/replace-file.js';
import { described } from '../runtime/arguments/described.js';
import { text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { IN_CLUSTER_PATH } from './find.js';
import { inHome } from './home-path.js';
import { configError } from './place.js';
import { isMadeFrom, type Talosconfig } from './talosconfig.js';

/** Where to save a talosconfig. */
export interface SaveOptions {
  /** The file to write; `~` is the home folder. Default: the one the talosconfig was read from. */
  readonly path?: string | undefined;
}

const saveShape: Shape<SaveOptions> = { path: text };

/**
 * Writes a talosconfig to a file that only its owner can read (0600). Makes the directory (0700) if
 * it is missing.
 *
 * The file is replaced as a whole: a reader gets either the old file or the new one, and a failure
 * leaves the old one. If the path is a symbolic link, the file that it leads to is replaced. A
 * talosconfig that goes back to where it was read from is refused when the file has changed in the
 * meantime, so that contexts which others added are not lost; `updateTalosconfig` reads it again and
 * repeats the change. At another path it replaces whatever is there.
 *
 * @throws {TalosConfigError} when there is no path, the file cannot be written, it changed since it
 * was read, or it is the one that pods get from their service account.
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
  const path = options.path === undefined ? config.path : inHome(options.path);
  if (!path) {
    throw new TalosConfigError(
      'path: say where to save a talosconfig that was not read from a file',
      { field: 'path' },
    );
  }
  try {
    const target = await fileBehind(path, (file) => {
      if (!isInCluster(file)) return;
      throw configError('belongs to the service account of the pod; save to another path', {
        path,
      });
    });
    await withLock(target, async () => {
      if (path === config.path) await checkUnchanged(target, config);
      await replaceFile(target, config.toYaml());
    });
  } catch (cause) {
    if (cause instanceof TalosConfigError) throw cause;
    if (cause instanceof NotAFileError) {
      throw configError(cause.message, { path: cause.path }, { cause });
    }
    if (cause instanceof LinkError) throw configError(cause.message, { path }, { cause });
    if (cause instanceof LockedError) {
      throw configError(`cannot be written: ${cause.message}`, { path }, { cause });
    }
    const { code } = cause as NodeJS.ErrnoException;
    throw configError(`cannot be written (${code ?? 'unknown reason'})`, { path }, { cause });
  }
}

/** Somebody else wrote the file that a talosconfig was read from. */
export class ChangedFileError extends TalosConfigError {}

async function checkUnchanged(path: string, config: Talosconfig): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || config[isMadeFrom](text)) return;
  throw new ChangedFileError(
    `talosconfig ${path}: changed since it was read; read it again and repeat the change, as ` +
      'updateTalosconfig does',
    { path, field: undefined },
  );
}

/** Whether it is in the directory that Kubernetes keeps up to date, by either of its names. */
function isInCluster(path: string): boolean {
  const directory = `${dirname(IN_CLUSTER_PATH)}/`;
  return path.startsWith(directory) || path.startsWith(directory.replace('/var/run/', '/run/'));
}
