import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { type Block, blockOf } from '../format/encode.js';
import { kindOf, structureOf } from '../structure/structure.js';
import { cloneValue, type DataMap, setOwn } from '../values.js';

/**
 * A document as a JSON patch finds it: as it was read, or, where Talos has written it since, with
 * the fields that Talos always writes, such as an empty `certSANs`.
 */
export function asJson(document: MachineConfigDocument, isWritten: boolean): unknown {
  const structure = structureOf(kindOf(document));
  const value = document as unknown as DataMap;
  if (!isWritten || structure === undefined) return cloneValue(value);
  return dataOf(blockOf({ kind: 'struct', structure }, value));
}

function dataOf(block: Block): unknown {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'plain':
      return block.value;
    case 'raw':
      return Number(block.text);
    case 'list':
      return block.items.map(dataOf);
    case 'map': {
      const map = {};
      for (const [key, inner] of block.entries) setOwn(map, key, dataOf(inner));
      return map;
    }
  }
}
