import { readFile } from 'node:fs/promises';
import { checkOptions } from '../runtime/arguments/options.js';
import { type FindOptions, findShape, findTalosconfig } from './find.js';
import { parseTalosconfig } from './parse.js';
import { configError } from './place.js';
import type { Talosconfig } from './talosconfig.js';

/**
 * Finds a talosconfig as `findTalosconfig` does, and reads it.
 *
 * @example
 * ```ts
 * const config = await readTalosconfig();
 * await saveTalosconfig(config.withCurrentContext('prod'));
 * ```
 * @throws {TalosConfigError} when there is none, it cannot be read, or it is no talosconfig.
 */
export async function readTalosconfig(options: FindOptions = {}): Promise<Talosconfig> {
  checkOptions(options, findShape, 'readTalosconfig');
  const path = await findTalosconfig(options);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw configError(`cannot be read (${code ?? 'unknown reason'})`, { path }, { cause });
  }
  return parseTalosconfig(bytes, { path });
}
