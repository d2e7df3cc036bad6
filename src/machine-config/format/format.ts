import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { kindOf, structureOf } from '../structure/structure.js';
import { type DataMap, isMap } from '../values.js';
import { blockOf } from './encode.js';
import { Writer } from './writer.js';

/**
 * A document as Talos writes it: keys in the order of its structures, without comments. The value is
 * one that was decoded; keys that Talos does not know come last.
 */
export function formatDocument(document: MachineConfigDocument): string {
  const structure = structureOf(kindOf(document));
  const value: DataMap = isMap(document) ? document : {};
  const block = blockOf(
    structure === undefined ? { kind: 'free' } : { kind: 'struct', structure },
    value,
  );
  return new Writer().document(block);
}
