import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { type Entry, identityOf } from '../document.js';
import { kindInfo, kindOf } from '../structure/structure.js';
import { type DataMap, sameValue } from '../values.js';
import { applyDelete } from './apply-delete.js';
import type { DeleteSelector } from './delete-selectors.js';
import type { PatchPart } from './load-patch.js';
import { mergeStruct } from './merge-values.js';
import { PatchFailure } from './patch-failure.js';

/**
 * Merges the parts of a patch into documents, in order, and returns the documents. One that stays
 * as it was keeps the text it was read from.
 *
 * @throws PatchFailure when a part does not apply.
 */
export function applyStrategicPatch(
  entries: readonly Entry[],
  parts: readonly PatchPart[],
): Entry[] {
  const documents = new Documents(entries);
  for (const part of parts) {
    if ('deletes' in part) documents.delete(part.deletes);
    else documents.merge(part.merges.value);
  }
  return documents.entries();
}

/** Documents by their identity, in their order. */
class Documents {
  readonly #before = new Map<string, Entry>();
  readonly #values = new Map<string, DataMap>();

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const identity = identityOf(entry.value);
      this.#before.set(identity, entry);
      this.#values.set(identity, entry.value as unknown as DataMap);
    }
  }

  merge(patch: DataMap): void {
    const identity = identityOf(patch as unknown as MachineConfigDocument);
    const value = this.#values.get(identity);
    const structure = kindInfo(kindOf(patch))?.structure;
    if (structure === undefined) throw new PatchFailure(`the kind ${kindOf(patch)} is unknown`);
    this.#values.set(
      identity,
      value === undefined ? patch : mergeStruct(value, patch, structure, []),
    );
  }

  /** A document that is not there is no mistake; something in it that is not there is one. */
  delete(selector: DeleteSelector): void {
    const info = kindInfo(selector.kind);
    const isNamed = info?.named === true;
    // A name that is due, or one too many: nothing matches.
    if (info === undefined || isNamed !== (selector.name !== undefined)) return;
    const identity = isNamed ? `${selector.kind}/${selector.name}` : selector.kind;
    const value = this.#values.get(identity);
    if (value === undefined) return;
    if (selector.path.length === 0) {
      this.#values.delete(identity);
      return;
    }
    try {
      this.#values.set(identity, applyDelete(value, selector, info.structure));
    } catch (error) {
      if (!(error instanceof PatchFailure)) throw error;
      throw new PatchFailure(deletionText(selector, error.message));
    }
  }

  entries(): Entry[] {
    const entries = [...this.#values].map(([identity, value]): Entry => {
      const before = this.#before.get(identity);
      if (before !== undefined && sameValue(before.value, value)) return before;
      return { value: value as unknown as MachineConfigDocument };
    });
    // Talos writes the v1alpha1 document first; one that the patch brought comes to its place.
    const at = entries.findIndex(({ value }) => kindOf(value) === 'v1alpha1');
    if (at > 0 && !this.#before.has('v1alpha1')) entries.unshift(...entries.splice(at, 1));
    return entries;
  }
}

function deletionText({ apiVersion, kind, name, path }: DeleteSelector, reason: string): string {
  const way = path.join('.');
  const failed = `failed to delete path '${way}': ${reason}`;
  return name === undefined
    ? `patch delete: path '${way}' in document '${apiVersion}/${kind}': ${failed}`
    : `named patch delete: document ${apiVersion}/${kind}: ${failed}`;
}
