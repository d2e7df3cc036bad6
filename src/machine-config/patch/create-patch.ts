import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { identityOf, type MachineConfig } from '../document.js';
import { MachineConfigError } from '../error.js';
import { type Block, blockOf } from '../format/encode.js';
import { Writer } from '../format/writer.js';
import { kindInfo, kindOf, structureOf } from '../structure/structure.js';
import { type DataMap, getOwn, isMap, keysOf, sameValue, setOwn } from '../values.js';
import { deletion, structDifference } from './difference.js';
import { patchMachineConfig } from './patch-machine-config.js';
import { withoutZeros } from './without-zeros.js';

/**
 * Makes the patches that lead from one configuration to the other: at most two texts, to be applied
 * in order, one that deletes and one that sets. They are strategic patches that `talosctl` takes
 * too. Equal configurations give no patch. The order of documents does not count.
 *
 * The texts hold the values that differ, secrets too.
 *
 * @throws {MachineConfigError} when no patch leads there: the `v1alpha1` document cannot be deleted,
 *   a free mapping may hold what reads as a deletion, and Talos has to know every key.
 */
export function createPatch(original: MachineConfig, modified: MachineConfig): string[] {
  const before = byIdentity(original);
  const after = byIdentity(modified);
  const removing: string[] = [];
  const setting: string[] = [];
  for (const [identity, document] of before) {
    if (!after.has(identity)) removing.push(deletionOf(document));
  }
  for (const [identity, document] of after) {
    const old = before.get(identity);
    const { removes, sets } = old === undefined ? whole(document) : partsOf(old, document);
    if (removes !== undefined) removing.push(removes);
    if (sets !== undefined) setting.push(sets);
  }
  const patches = [removing, setting]
    .filter((texts) => texts.length > 0)
    .map((texts) => texts.join('---\n'));
  refuseOthers(resultOf(original, patches), after);
  return patches;
}

/** The texts of a document in the patch that deletes and in the one that sets. */
interface Parts {
  readonly removes?: string | undefined;
  readonly sets?: string | undefined;
}

function byIdentity({ documents }: MachineConfig): Map<string, MachineConfigDocument> {
  return new Map(documents.map((document) => [identityOf(document), document]));
}

function whole(document: MachineConfigDocument): Parts {
  const patch = { ...identityFields(document), ...settled(document) };
  return { sets: textOf(withSomeKey(patch, document)) };
}

function deletionOf(document: MachineConfigDocument): string {
  const kind = kindOf(document);
  if (kind === 'v1alpha1') {
    throw new MachineConfigError([{ message: 'no patch deletes the document', document: kind }]);
  }
  return textOf({ ...identityFields(document), ...deletion });
}

function partsOf(old: MachineConfigDocument, fresh: MachineConfigDocument): Parts {
  const structure = structureOf(kindOf(fresh));
  if (structure === undefined) return {};
  const [before, after] = [settled(old), settled(fresh)];
  if (sameValue(before, after)) return {};
  const difference = structDifference(before, after, structure);
  // What no fields lead to is deleted and comes again.
  if (difference === undefined) return { removes: deletionOf(old), ...whole(fresh) };
  const { remove, set } = difference;
  return {
    removes: remove === undefined ? undefined : textOf({ ...identityFields(fresh), ...remove }),
    sets: isMap(set) ? textOf(withSomeKey({ ...identityFields(fresh), ...set }, fresh)) : undefined,
  };
}

function settled(document: MachineConfigDocument): DataMap {
  const structure = structureOf(kindOf(document));
  const value = document as unknown as DataMap;
  return structure === undefined ? value : withoutZeros(value, structure);
}

/** What a patch says to be found: nothing for the `v1alpha1` document. */
function identityFields(document: MachineConfigDocument): DataMap {
  const fields = {};
  const value = document as unknown as DataMap;
  const kind = kindOf(document);
  if (kind === 'v1alpha1') return fields;
  for (const key of ['apiVersion', 'kind', ...(kindInfo(kind)?.named ? ['name'] : [])]) {
    setOwn(fields, key, getOwn(value, key));
  }
  return fields;
}

/** Without one of its own keys nothing would tell the `v1alpha1` document; null says no more. */
function withSomeKey(patch: DataMap, document: MachineConfigDocument): DataMap {
  const isTold = kindOf(document) !== 'v1alpha1' || 'machine' in patch || 'cluster' in patch;
  return isTold ? patch : { ...patch, machine: null };
}

function textOf(patch: DataMap): string {
  return new Writer().document(inOrder(patch));
}

/** The block of a value with its keys in their order; other free mappings are written sorted. */
function inOrder(value: unknown): Block {
  if (isMap(value)) {
    return {
      kind: 'map',
      entries: keysOf(value).map((key) => [key, inOrder(getOwn(value, key))] as const),
    };
  }
  return Array.isArray(value)
    ? { kind: 'list', items: value.map(inOrder) }
    : blockOf({ kind: 'boolean' }, value);
}

function resultOf(original: MachineConfig, patches: readonly string[]): MachineConfig {
  try {
    return patchMachineConfig(original, patches);
  } catch (cause) {
    if (!(cause instanceof MachineConfigError)) throw cause;
    const message = 'no patch leads from one configuration to the other';
    throw new MachineConfigError([{ message }, ...cause.problems], { cause });
  }
}

/** No patch is given out that does not lead where it should. */
function refuseOthers(result: MachineConfig, after: Map<string, MachineConfigDocument>): void {
  const problems = [...byIdentity(result)].flatMap(([identity, document]) => {
    const goal = after.get(identity);
    const isThere = goal !== undefined && sameValue(settled(document), settled(goal));
    return isThere ? [] : [{ message: 'no patch leads to this document', document: identity }];
  });
  if (problems.length > 0) throw new MachineConfigError(problems);
}
