import { MachineConfigFactsError } from './contract.js';
import type { Facts } from './facts.js';
import type { FieldRow, StructureTable } from './structures.js';

/** What the value of a field is, with Go's names resolved. */
export type ValueType =
  | { readonly kind: 'string'; readonly format?: string; readonly zero?: string }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly zero?: string }
  | { readonly kind: 'integer'; readonly bits: number; readonly signed: boolean }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'structure'; readonly structure: string }
  | { readonly kind: 'list'; readonly item: ValueType; readonly pointers: boolean }
  | { readonly kind: 'map'; readonly value: ValueType; readonly pointers: boolean }
  | { readonly kind: 'shape'; readonly shape: string };

const integers: Readonly<Record<string, readonly [bits: number, signed: boolean]>> = {
  int: [64, true],
  int32: [32, true],
  uint: [64, false],
  uint8: [8, false],
  uint16: [16, false],
  uint32: [32, false],
  uint64: [64, false],
};

/** Resolves the Go types of fields. */
export class TypeReader {
  readonly #table: StructureTable;
  readonly #facts: Facts;

  constructor(table: StructureTable, facts: Facts) {
    this.#table = table;
    this.#facts = facts;
  }

  /** The type of a field of `structure`, and whether it is behind a pointer. */
  field(structure: string, { key, type }: FieldRow): { type: ValueType; pointer: boolean } {
    const [owner = ''] = structure.split('.');
    const name = type.replace(/^\*/, '');
    try {
      return { type: this.#read(name, owner), pointer: name !== type };
    } catch (error) {
      if (!(error instanceof MachineConfigFactsError)) throw error;
      throw new MachineConfigFactsError(`${structure}.${key}: ${error.message}`);
    }
  }

  /** The full name of a structure as a field of package `owner` names it. */
  structure(type: string, owner: string): string {
    const name = qualified(type.replace(/^\*/, ''), owner);
    if (this.fieldsOf(name) === undefined) {
      throw new MachineConfigFactsError(
        `the type ${name} is unknown: give it under types or structures of facts.yaml`,
      );
    }
    return name;
  }

  fieldsOf(structure: string): readonly FieldRow[] | undefined {
    return this.#table.structures[structure]?.fields ?? this.#facts.structures[structure];
  }

  #read(type: string, owner: string): ValueType {
    if (type.startsWith('[]')) {
      const item = type.slice(2);
      return {
        kind: 'list',
        item: this.#read(item.replace(/^\*/, ''), owner),
        pointers: item.startsWith('*'),
      };
    }
    const [, mapped] = /^map\[string\](.+)$/.exec(type) ?? [];
    if (mapped !== undefined) {
      return {
        kind: 'map',
        value: this.#read(mapped.replace(/^\*/, ''), owner),
        pointers: mapped.startsWith('*'),
      };
    }
    const integer = integers[type];
    if (integer !== undefined) return { kind: 'integer', bits: integer[0], signed: integer[1] };
    if (type === 'string') return { kind: 'string' };
    if (type === 'bool') return { kind: 'boolean' };
    return this.#named(type, owner);
  }

  #named(type: string, owner: string): ValueType {
    const named = this.#facts.types[qualified(type, owner)];
    if (named === undefined) return { kind: 'structure', structure: this.structure(type, owner) };
    if ('is' in named) return this.#read(named.is, owner);
    if ('shape' in named) return { kind: 'shape', shape: named.shape };
    const zero = named.zero === undefined ? {} : { zero: named.zero };
    if ('words' in named) return { kind: 'words', words: named.words, ...zero };
    return { kind: 'string', format: named.text, ...zero };
  }
}

function qualified(type: string, owner: string): string {
  return type.includes('.') ? type : `${owner}.${type}`;
}
