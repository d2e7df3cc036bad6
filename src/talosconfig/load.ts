import { text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import {
  type ClientOptionsInit,
  clientOptions,
  clientOptionsShape,
  type TalosconfigClientOptions,
} from './client-options.js';
import { type FindOptions, findShape } from './find.js';
import { readTalosconfig } from './read.js';

/** Which talosconfig to load, and what of it. */
export interface LoadOptions extends FindOptions, ClientOptionsInit {
  /** The context to use. Default: the current one of the file. */
  readonly context?: string | undefined;
}

const loadShape: Shape<LoadOptions> = { ...findShape, ...clientOptionsShape, context: text };

/**
 * The options for `createTalosClient`, from a talosconfig: endpoints, credentials, nodes, cluster
 * and proxy of one context. The file is looked for as `findTalosconfig` says.
 *
 * @example
 * ```ts
 * await using talos = createTalosClient(await loadTalosconfig({ context: 'prod' }));
 * ```
 * @example Change an option on the way.
 * ```ts
 * const options = await loadTalosconfig({ path: './talosconfig' });
 * const talos = createTalosClient({ ...options, timeoutMs: 5_000 });
 * ```
 * @throws {TalosConfigError} when there is no file, no such context, or something in it cannot be
 * used. The error names file, line, context and key, and shows no secret.
 */
export async function loadTalosconfig(
  options: LoadOptions = {},
): Promise<TalosconfigClientOptions> {
  checkOptions(options, loadShape, 'loadTalosconfig');
  const { context, credentials, ...find } = options;
  const config = await readTalosconfig(find);
  return clientOptions(config.context(context), { credentials });
}
