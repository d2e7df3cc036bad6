import type { ReconnectParts } from '../../reconnect/index.js';
import { described } from '../../runtime/arguments/described.js';
import { flag, oneOf, record, text as textKind } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Environment } from '../../talosconfig/find.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { changeFile } from './file.js';
import { kubeconfigPath } from './find.js';
import type { KubeconfigOverwrite, KubeconfigRename, OnConflict } from './merge.js';
import { KubeconfigSource } from './merged-text.js';

export type { KubeconfigOverwrite, KubeconfigRename } from './merge.js';

/** The steps of `mergeKubeconfig`. */
export type MergeKubeconfigStep = 'lock' | 'merge';

/** Options of `mergeKubeconfig`. */
export interface MergeKubeconfigOptions extends OperationOptions<MergeKubeconfigStep> {
  /**
   * What to do with a cluster, user or context of which the file has another one of the same name:
   * `rename` adds it as `name-1`, or the next number that is free; `overwrite` puts it in the place of
   * the other, which is lost. Default: `rename`.
   */
  readonly onConflict?: OnConflict | undefined;
  /** The name that the context gets, in place of its own. The text must have one context. */
  readonly contextName?: string | undefined;
  /** Whether the context of the text becomes the current one of the file. Default: yes. */
  readonly setCurrent?: boolean | undefined;
  /**
   * The environment variables; only `KUBECONFIG` and `HOME` are read. Default: those of the process.
   */
  readonly env?: Environment | undefined;
}

/** What `mergeKubeconfig` did. */
export interface MergedKubeconfig {
  /** The file. */
  readonly path: string;
  /** Whether there was no file before. */
  readonly created: boolean;
  /** Whether the file was written; false when everything was there already. */
  readonly changed: boolean;
  /** The context of the text as the file has it: its current one, or the only one. */
  readonly context: string | undefined;
  /** What has another name in the file than in the text. */
  readonly renames: readonly KubeconfigRename[];
  /** What was in the file before with other content, and is lost. */
  readonly overwrites: readonly KubeconfigOverwrite[];
}

const shape: Shape<MergeKubeconfigOptions> = {
  ...operationShape,
  onConflict: oneOf('rename', 'overwrite'),
  contextName: textKind,
  setCurrent: flag,
  env: record,
};

/**
 * Merges a kubeconfig into a file, as `kubectl` and `talosctl kubeconfig` use it. Comments, order and
 * unknown keys of the file stay. It is replaced in one step, with mode 0600, and locked against others
 * that write it: with the lock of kubectl, `config.lock`. A link is followed. When the file is missing,
 * the text is written as it is.
 *
 * What is in the file already is not added again, so that merging twice is merging once. Users and
 * contexts that are called after a renamed cluster, as `admin@demo` after `demo`, are renamed with it.
 *
 * @example
 * ```ts
 * const { path, context } = await mergeKubeconfig(undefined, await kubeconfig(talos));
 * ```
 * @param path the file; `~` is the home folder. Left undefined, it is that of `$KUBECONFIG`, or
 * `~/.kube/config`
 * @throws {TalosConfigError} when `$KUBECONFIG` has several files, the text or the file is not a
 * kubeconfig, or the file cannot be read or written, also because others keep its lock for 35 s. No
 * message quotes the text or the file.
 */
export async function mergeKubeconfig(
  path: string | undefined,
  text: string,
  options: MergeKubeconfigOptions = {},
  parts?: ReconnectParts,
): Promise<MergedKubeconfig> {
  checkOptions(options, shape, 'mergeKubeconfig');
  if (path !== undefined && (typeof path !== 'string' || path === '')) throw wrong('path', path);
  if (typeof text !== 'string' || text === '') throw wrong('text', text);
  const { env = process.env, onConflict = 'rename', contextName, setCurrent = true } = options;
  if (contextName === '') throw wrong('contextName', contextName);
  const file = kubeconfigPath(path, env);
  const source = new KubeconfigSource(text);
  const settings = { onConflict, contextName, setCurrent };
  const setup = { name: 'mergeKubeconfig', options, defaultTimeoutMs: 60_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('lock');
    let result: MergedKubeconfig | undefined;
    await changeFile(file, async (old, target) => {
      operation.begin('merge');
      const { text: merged, ...did } = source.mergedInto(old, target, settings);
      const changed = merged !== undefined;
      if (changed) operation.changes();
      result = { path: target, created: old === undefined, changed, ...did };
      return merged;
    });
    return result as MergedKubeconfig;
  });
}

function wrong(field: string, value: unknown): TalosConfigError {
  const expected = 'expected a text that is not empty';
  return new TalosConfigError(`mergeKubeconfig: ${field}: ${expected}, got ${described(value)}`, {
    field,
  });
}
