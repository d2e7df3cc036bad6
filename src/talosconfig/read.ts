import { text as textKind } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import {
  type ClientOptionsInit,
  clientOptions,
  clientOptionsShape,
  type TalosconfigClientOptions,
} from './client-options.js';
import {
  type Environment,
  type FindOptions,
  findShape,
  findTalosconfig,
  IN_CLUSTER_PATH,
} from './find.js';
import { configError } from './place.js';
import { readWhole } from './read-file.js';
import { readPlain } from './read-plain.js';
import { Talosconfig } from './talosconfig.js';
import { type Content, readContent } from './yaml-contexts.js';
import { parseYaml } from './yaml-file.js';

/** Where the text of a talosconfig comes from. */
export interface ParseOptions {
  /** The file that the text comes from, for messages and for saving. */
  readonly path?: string | undefined;
}

const parseShape: Shape<ParseOptions> = { path: textKind };

/**
 * Reads the text of a talosconfig, or its bytes, such as the `talosconfig` that a node generates.
 * Empty text gives a talosconfig without contexts, to start a new one.
 *
 * Private keys and certificates are not checked, so one broken context does not hide the others.
 *
 * @example
 * ```ts
 * const config = parseTalosconfig('').withContext('lab', { endpoints: ['10.0.0.2'], ca, crt, key });
 * await saveTalosconfig(config.withCurrentContext('lab'), { path: './talosconfig' });
 * ```
 * @throws {TalosConfigError} when it is not YAML, or a value has the wrong shape. The error names
 * file, line and key, and quotes no values.
 */
export function parseTalosconfig(
  text: string | Uint8Array,
  options: ParseOptions = {},
): Talosconfig {
  checkOptions(options, parseShape, 'parseTalosconfig');
  const { path } = options;
  const yaml = typeof text === 'string' ? text : decode(text, path);
  return new Talosconfig(yaml, readPlain(yaml, path) ?? readYaml(yaml, path), path);
}

function readYaml(yaml: string, path: string | undefined): Content {
  const { document, lineOf } = parseYaml(yaml, path);
  return readContent(document, { path, lineOf });
}

/**
 * Finds a talosconfig as `findTalosconfig` does, and reads it: up to 5 MiB of a file, or of a pipe
 * that ends within 5 s. Where other users of the machine can read the keys in it, the process gets a
 * warning (`TALOS_CLIENT_OPEN_TALOSCONFIG`), once for each file.
 *
 * @example
 * ```ts
 * const config = await readTalosconfig();
 * await saveTalosconfig(config.withCurrentContext('prod'));
 * ```
 * @throws {TalosConfigError} when there is none, it cannot be read, or it is not a talosconfig.
 */
export async function readTalosconfig(options: FindOptions = {}): Promise<Talosconfig> {
  checkOptions(options, findShape, 'readTalosconfig');
  const path = await findTalosconfig(options);
  const { bytes, isOpenToOthers } = await readWhole(path);
  const config = parseTalosconfig(bytes, { path });
  if (isOpenToOthers && holdsSecrets(config)) warnOnce(path);
  return config;
}

/** Which talosconfig to load, and what of it. */
export interface LoadOptions extends FindOptions, ClientOptionsInit {
  /**
   * The environment variables: those that `findTalosconfig` reads and, for a context with
   * `auth.siderov1`, those that say where signing keys are. Default: those of the process.
   */
  readonly env?: Environment | undefined;
  /** The context to use. Default: the current one of the file. */
  readonly context?: string | undefined;
}

const loadShape: Shape<LoadOptions> = { ...findShape, ...clientOptionsShape, context: textKind };

/**
 * The options for `createTalosClient`, from a talosconfig: endpoints, credentials, nodes, cluster
 * and proxy of one context. Looks for the file as `findTalosconfig` does.
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
  const { context, path, ...init } = options;
  const config = await readTalosconfig({ path, env: init.env });
  return clientOptions(config.context(context), init);
}

function holdsSecrets({ contexts }: Talosconfig): boolean {
  return contexts.some((context) => {
    const { key, basic } = context.settings();
    return key !== undefined || basic !== undefined;
  });
}

const warned = new Set<string>();

function warnOnce(path: string): void {
  // Kubernetes decides who can read what it mounts.
  if (warned.has(path) || path === IN_CLUSTER_PATH) return;
  warned.add(path);
  process.emitWarning(
    `talosconfig ${path} holds keys, and other users can read it; "chmod 600" closes it`,
    { type: 'TalosConfigWarning', code: 'TALOS_CLIENT_OPEN_TALOSCONFIG' },
  );
}

function decode(bytes: Uint8Array, path: string | undefined): string {
  try {
    // A byte order mark stays, so that an unchanged talosconfig is what it was.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw configError('must be UTF-8 text', { path });
  }
}
