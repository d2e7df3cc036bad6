import type { FieldModel } from './model.js';
import type { ValueType } from './types.js';

/** The shapes of their own, as types; `src/machine-config/values.ts` has the named ones. */
const shapes: Readonly<Record<string, string>> = {
  args: 'ExtraArgs',
  free: 'FreeObject',
  portRange: 'number | string',
  fileMode: 'number',
  diskSize: 'number | bigint | string',
};

/** The words that a field, or the items of its list, may be; the schema's where it has them. */
export function wordsOf({ type, words }: FieldModel): readonly string[] | undefined {
  const plain = type.kind === 'list' ? type.item : type;
  return words ?? (plain.kind === 'words' ? plain.words : undefined);
}

/** The TypeScript type of a field; `alias` is the type of the words in its list. */
export function typeText(
  type: ValueType,
  field: FieldModel,
  nameOf: (id: string) => string,
  alias: string,
): string {
  switch (type.kind) {
    case 'string':
    case 'words': {
      const words = wordsOf(field);
      return words === undefined ? 'string' : union(words);
    }
    case 'integer':
      // Sizes in blocks may use all 64 bits; Go's plain int holds counts and ports.
      return type.bits === 64 && !type.signed ? 'number | bigint' : 'number';
    case 'boolean':
      return 'boolean';
    case 'structure':
      return nameOf(type.structure);
    case 'list': {
      const item = wordsOf(field) === undefined ? typeText(type.item, field, nameOf, alias) : alias;
      return `readonly ${inBrackets(item)}[]`;
    }
    case 'map':
      return `{ readonly [key: string]: ${typeText(type.value, field, nameOf, alias)} }`;
    case 'shape': {
      const text = shapes[type.shape];
      if (text === undefined) throw new Error(`facts.yaml: there is no shape ${type.shape}`);
      return text;
    }
  }
}

export function union(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' | ');
}

function inBrackets(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}
