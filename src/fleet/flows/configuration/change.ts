import { readFile } from 'node:fs/promises';
import type { ConfigurationChange } from '../../../operations/apply-configuration/change.js';
import { TalosConfigError } from '../../../runtime/errors/config-error.js';
import type { ConfigurationOf, ConfigurationPlace, ConfigurationReference } from './input.js';

/**
 * Reads what the configuration of a node is to be.
 *
 * @throws {TalosConfigError} for a file that cannot be read
 */
export async function readChange(
  { patches, file, name }: ConfigurationReference,
  place: Omit<ConfigurationPlace, 'name'>,
  configurationOf: ConfigurationOf | undefined,
  signal: AbortSignal,
): Promise<ConfigurationChange> {
  if (name !== undefined && configurationOf !== undefined) {
    return configurationOf({ ...place, name });
  }
  if (file !== undefined) return read(file, 'file', place, signal);
  return {
    patches: await Promise.all((patches ?? []).map((path) => read(path, 'patches', place, signal))),
  };
}

async function read(
  path: string,
  field: string,
  { cluster, node }: Omit<ConfigurationPlace, 'name'>,
  signal: AbortSignal,
): Promise<string> {
  const own = path.replaceAll('{cluster}', cluster).replaceAll('{node}', node);
  try {
    return await readFile(own, { encoding: 'utf8', signal });
  } catch (cause) {
    signal.throwIfAborted();
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    throw new TalosConfigError(`${field}: ${own} cannot be read (${code})`, { field, path: own });
  }
}
