import { described } from '../runtime/arguments/described.js';
import { checkOptions } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { type FindOptions, findShape } from './find.js';
import { readTalosconfig } from './read.js';
import { ChangedFileError, saveTalosconfig } from './save.js';
import type { Talosconfig } from './talosconfig.js';

/** Others would have to write a file again and again to make a change fail so often. */
const MOST_TRIES = 20;

/**
 * Reads a talosconfig, changes it and saves it where it was. If another process wrote the file in
 * the meantime, the change is made again on what is there now: nobody's contexts are lost. Looks for
 * the file as `findTalosconfig` does.
 *
 * @example
 * ```ts
 * await updateTalosconfig((config) => config.withContext('lab', settings).withCurrentContext('lab'));
 * ```
 * @param change gives the changed talosconfig; may run several times
 * @returns what was saved
 * @throws {TalosConfigError} when there is no file, it cannot be read or written, or the change
 * cannot be made.
 */
export async function updateTalosconfig(
  change: (config: Talosconfig) => Talosconfig | Promise<Talosconfig>,
  options: FindOptions = {},
): Promise<Talosconfig> {
  if (typeof change !== 'function') {
    throw new TalosConfigError(`change: expected a function, got ${described(change)}`, {
      field: 'change',
    });
  }
  checkOptions(options, findShape, 'updateTalosconfig');
  for (let left = MOST_TRIES; ; left -= 1) {
    const config = await change(await readTalosconfig(options));
    try {
      await saveTalosconfig(config);
      return config;
    } catch (error) {
      if (!(error instanceof ChangedFileError) || left === 1) throw error;
    }
  }
}
