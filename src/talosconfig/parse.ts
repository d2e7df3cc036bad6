import { text as textKind } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { configError } from './place.js';
import { Talosconfig } from './talosconfig.js';
import { parseYaml } from './yaml-file.js';

/** Where the text of a talosconfig is from. */
export interface ParseOptions {
  /** The file that the text is from, for messages and for saving. */
  readonly path?: string | undefined;
}

const parseShape: Shape<ParseOptions> = { path: textKind };

/**
 * Reads the text of a talosconfig, or its bytes, such as the `talosconfig` that a node generates.
 * Empty text is a talosconfig without contexts, to begin one with.
 *
 * Keys and certificates are not looked at: one broken context does not hide the others.
 *
 * @example
 * ```ts
 * const config = parseTalosconfig('').withContext('lab', { endpoints: ['10.0.0.2'], ca, crt, key });
 * await saveTalosconfig(config.withCurrentContext('lab'), { path: './talosconfig' });
 * ```
 * @throws {TalosConfigError} when it is no YAML, or a value has the wrong shape. The error names
 * file, line and key, and quotes no values.
 */
export function parseTalosconfig(
  text: string | Uint8Array,
  options: ParseOptions = {},
): Talosconfig {
  checkOptions(options, parseShape, 'parseTalosconfig');
  const { path } = options;
  const source = typeof text === 'string' ? text : decode(text, path);
  const { document, line } = parseYaml(source, path);
  return new Talosconfig(source, document, { path, line });
}

function decode(bytes: Uint8Array, path: string | undefined): string {
  try {
    // A byte order mark stays, so that an unchanged talosconfig is what it was.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw configError('must be UTF-8 text', { path });
  }
}
