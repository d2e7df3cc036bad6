import type { Entry } from '../document.js';
import { type Block, blockOf } from '../format/encode.js';
import { Problems } from '../parse/problems.js';
import { readYaml } from '../parse/yaml.js';
import { kindOf, structureOf } from '../structure/structure.js';
import { cloneValue, type DataMap, setOwn } from '../values.js';
import { freeData } from './free-data.js';

/**
 * A document as a JSON patch finds it: as it stands in its text, or, where Talos has written it
 * since, with the fields that Talos always writes, such as an empty `certSANs`.
 */
export function asJson({ value, source }: Entry, isWritten: boolean): unknown {
  const structure = structureOf(kindOf(value));
  const data = value as unknown as DataMap;
  if (isWritten && structure !== undefined) {
    return dataOf(blockOf({ kind: 'struct', structure }, data));
  }
  // The text has what decoding leaves out, such as a null.
  const [text] = (source === undefined ? [] : readYaml(source, { maxBytes: source.length * 3 }))
    .map((document) => freeData(document, new Problems(), { kind: 'free' }))
    .filter((each) => each !== undefined);
  return text ?? cloneValue(data);
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
