import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { type Entry, identityOf, MachineConfig } from '../document.js';
import { MachineConfigError } from '../error.js';
import { findConflicts } from '../parse/conflicts.js';
import { decodeDocument } from '../parse/document.js';
import { documentOf } from '../parse/nodes.js';
import { Problems } from '../parse/problems.js';
import { releaseOf } from '../parse/release.js';
import { kindOf, structureOf } from '../structure/structure.js';
import { type DataMap, isMap, sameValue } from '../values.js';
import { asJson } from './as-json.js';
import { applyJsonPatch, type JsonOperation } from './json-patch.js';
import { type LoadedPatch, type LoadOptions, loadPatch } from './load-patch.js';
import { hasMisfits, loadingText } from './loading-text.js';
import { PatchFailure } from './patch-failure.js';
import type { MachineConfigPatch } from './patch-type.js';
import { applyStrategicPatch } from './strategic-patch.js';

/** How patches are read. */
export interface PatchOptions {
  /**
   * The release that is to read the result, like `v1.12.3`: what that release does not know is a
   * problem in a patch. Default: the newest that the library knows.
   */
  readonly talos?: string | undefined;
}

/**
 * Applies patches in their order and gives a new configuration; `config` stays as it is. Documents
 * that a patch does not change keep their text, comments and all.
 *
 * A patch is a text as `talosctl machineconfig patch` takes it, a document to merge, or a list of
 * operations of a JSON patch. The rules are those of Talos, but for what
 * `docs/machine-config-patches.md` lists: where Talos loses values that a patch says nothing about,
 * they stay. A JSON patch needs a configuration of one document, and its result may have keys that
 * Talos does not know and refuses: parsing the result tells.
 *
 * @example
 * ```ts
 * const patched = patchMachineConfig(config, [
 *   { machine: { sysctls: { 'vm.max_map_count': '262144' } } },
 *   'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: worker-1\nauto: off\n',
 * ]);
 * ```
 *
 * @throws {MachineConfigError} when a patch cannot be read or does not apply.
 */
export function patchMachineConfig(
  config: MachineConfig,
  patches: readonly MachineConfigPatch[],
  { talos }: PatchOptions = {},
): MachineConfig {
  if (!(config instanceof MachineConfig)) {
    throw new MachineConfigError([{ message: 'the configuration must be parsed first' }]);
  }
  if (!Array.isArray(patches)) {
    throw new MachineConfigError([{ message: 'patches must be a list of patches' }]);
  }
  const options = { release: releaseOf(talos) };
  // All are read before the first is applied, so that what is no patch is told first.
  const loaded = patches.map((patch: MachineConfigPatch, index) =>
    telling(index, patches.length, () => loadPatch(patch, options)),
  );
  let state: State = { entries: config.entries, isMerged: false, json: undefined };
  for (const [index, patch] of loaded.entries()) {
    state = telling(index, patches.length, () => apply(state, patch, options));
  }
  const entries = settled(state, options, 'lenient');
  return entries === config.entries ? config : MachineConfig.of(entries);
}

interface State {
  readonly entries: readonly Entry[];
  /** A strategic patch made it: for a JSON patch, fields that Talos always writes are there. */
  readonly isMerged: boolean;
  /** What JSON patches have made of the only document; nobody has looked at its keys. */
  readonly json: Readonly<Record<'before' | 'after', unknown>> | undefined;
}

function apply(state: State, patch: LoadedPatch, options: LoadOptions): State {
  if (patch.form === 'json') {
    return patch.operations.length === 0 ? state : applyOperations(state, patch.operations);
  }
  // Nothing is merged into a document that Talos could not read.
  const before = settled(state, options, 'strict');
  const entries = applyStrategicPatch(before, patch.parts);
  const conflicts = findConflicts(
    entries.map(({ value }) => ({ identity: identityOf(value), line: undefined })),
  );
  if (conflicts.length > 0) throw new MachineConfigError(conflicts);
  return { entries, isMerged: true, json: undefined };
}

function applyOperations(state: State, operations: readonly JsonOperation[]): State {
  const [entry] = state.entries;
  if (entry === undefined || state.entries.length > 1) {
    throw new PatchFailure(
      'JSON6902 patches are not supported for multi-document machine configuration',
    );
  }
  const { before, after } = state.json ?? asRead(asJson(entry, state.isMerged));
  return { ...state, json: { before, after: applying(() => applyJsonPatch(after, operations)) } };
}

function asRead(value: unknown): { before: unknown; after: unknown } {
  return { before: value, after: value };
}

/**
 * The documents, with the one that JSON patches made read again. Where it is `lenient`, keys that
 * Talos does not know stay, for the node to refuse them, as Talos does; a text in the place of a
 * list is refused all the same.
 */
function settled(
  { entries, json }: State,
  options: LoadOptions,
  manner: 'strict' | 'lenient',
): readonly Entry[] {
  if (json === undefined || sameValue(json.before, json.after)) return entries;
  if (!isMap(json.after)) {
    throw new MachineConfigError([{ message: 'the result of the JSON patch is no document' }]);
  }
  const problems = new Problems();
  const document = documentOf(json.after, problems);
  problems.throwIfAny();
  const decoded = decodeDocument(document, problems, options);
  if (decoded !== undefined && problems.isEmpty) return [entryOf(decoded.value)];
  const structure = structureOf(kindOf(json.after));
  if (manner === 'strict' || (structure !== undefined && hasMisfits(document, structure))) {
    const message = loadingText(document, problems.all);
    throw new MachineConfigError([{ message }, ...problems.all]);
  }
  return [entryOf(json.after)];
}

function entryOf(value: DataMap): Entry {
  return { value: value as unknown as MachineConfigDocument };
}

/** What `talosctl` says before the reason. */
function applying<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    const what = 'failure applying rfc6902 patches to talos machine config';
    throw new PatchFailure(`${what}: ${error.message}`);
  }
}

/** Says in every problem which patch it is about, when there are several. */
function telling<T>(index: number, count: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const problems =
      error instanceof PatchFailure
        ? [{ message: error.message }]
        : error instanceof MachineConfigError
          ? error.problems
          : undefined;
    if (problems === undefined) throw error;
    const prefix = count > 1 ? `patch ${index + 1}: ` : '';
    throw new MachineConfigError(
      problems.map((problem) => ({ ...problem, message: `${prefix}${problem.message}` })),
    );
  }
}
