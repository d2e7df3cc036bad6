import { MachineConfigFactsError } from './contract.js';
import type { Facts } from './facts.js';
import type { FieldRow, StructureTable } from './structures.js';
import type { StructureText, Texts } from './texts.js';
import { TypeReader, type ValueType } from './types.js';

/** Everything the templates and the table need, with all names and types decided. */
export interface MachineConfigModel {
  readonly releases: readonly string[];
  readonly kinds: readonly KindModel[];
  /** Every structure that a document reaches, in the order of the table. */
  readonly structures: readonly StructureModel[];
}

/** One kind of document. */
export interface KindModel {
  /** `v1alpha1` for the document that states no kind. */
  readonly kind: string;
  readonly structure: StructureModel;
  /** Whether `name` belongs to the identity of a document. */
  readonly named: boolean;
  readonly since: string | undefined;
}

export interface StructureModel {
  /** The name in the table: `network.BondConfigV1Alpha1`. */
  readonly id: string;
  /** The name in TypeScript: `BondConfig`. */
  readonly name: string;
  /** The package, which is the generated file: `network`. */
  readonly owner: string;
  /** The kind, for the structure of a document. */
  readonly kind: string | undefined;
  readonly since: string | undefined;
  readonly text: StructureText;
  readonly fields: readonly FieldModel[];
}

export interface FieldModel {
  readonly key: string;
  readonly type: ValueType;
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
  readonly replace: boolean;
  readonly required: boolean;
  readonly secret: boolean;
  readonly since: string | undefined;
  readonly removed: string | undefined;
  readonly deprecated: string | undefined;
  /** Words of the schema for the value, or for the items of a list. */
  readonly words: readonly string[] | undefined;
  /** The pattern of the schema, where the type does not imply it. */
  readonly pattern: string | undefined;
  /** The decoder lets any value of words and pattern pass. */
  readonly judged: boolean;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly list: { readonly keys: readonly string[]; readonly onMatch: string } | undefined;
  readonly text: string;
  /** What took its place. */
  readonly instead: string | undefined;
}

/** Formats of text that imply the pattern of the schema. */
const implied = new Set(['duration', 'prefix', 'addr', 'addrPort', 'hardwareAddr']);

export function buildMachineConfigModel(
  table: StructureTable,
  facts: Facts,
  texts: Texts,
): MachineConfigModel {
  return new Builder(table, facts, texts).build();
}

class Builder {
  readonly #table: StructureTable;
  readonly #facts: Facts;
  readonly #texts: Texts;
  readonly #types: TypeReader;
  readonly #structures = new Map<string, StructureModel>();
  readonly #used = new Set<string>();

  constructor(table: StructureTable, facts: Facts, texts: Texts) {
    this.#table = table;
    this.#facts = facts;
    this.#texts = texts;
    this.#types = new TypeReader(table, facts);
  }

  build(): MachineConfigModel {
    for (const { structure, kind } of this.#table.documents)
      this.#add(structure, kind ?? undefined);
    const structures = [...this.#structures.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#refuseClashes(structures);
    this.#refuseUnused();
    return { releases: this.#table.releases, kinds: this.#kinds(), structures };
  }

  #kinds(): KindModel[] {
    return this.#table.documents.map(({ kind, structure: id, since }) => {
      const structure = this.#structures.get(id) as StructureModel;
      const hasName = structure.fields.some(({ key }) => key === 'name');
      const named = hasName && kind !== null && !this.#facts.unnamedKinds.includes(kind);
      return { kind: kind ?? 'v1alpha1', structure, named, since };
    });
  }

  #add(id: string, kind?: string): void {
    if (this.#structures.has(id)) return;
    const [owner = ''] = id.split('.');
    const { since } = this.#table.structures[id] ?? {};
    const text = this.#texts.structure(id);
    const model = {
      id,
      name: this.#facts.names[id] ?? kind ?? defaultName(id),
      owner,
      kind,
      since,
      text,
      fields: [] as FieldModel[],
    };
    this.#structures.set(id, model);
    model.fields.push(...this.#fields(id));
    for (const { type } of model.fields) this.#reach(type);
  }

  #reach(type: ValueType): void {
    if (type.kind === 'structure') this.#add(type.structure);
    else if (type.kind === 'list') this.#reach(type.item);
    else if (type.kind === 'map') this.#reach(type.value);
  }

  /** The fields of a structure, those of inlined ones in their place. */
  #fields(id: string): FieldModel[] {
    const [owner = ''] = id.split('.');
    return (this.#types.fieldsOf(id) ?? []).flatMap((row) =>
      row.key === ''
        ? this.#fields(this.#types.structure(inlinedName(row.type), owner))
        : [this.#field(id, row)],
    );
  }

  #field(id: string, row: FieldRow): FieldModel {
    const name = `${id}.${row.key}`;
    const { type: plainType, pointer } = this.#types.field(id, row);
    const format = this.#use('formats', name, this.#facts.formats[name]);
    const type: ValueType = format === undefined ? plainType : { kind: 'string', format };
    const { text, instead } = this.#texts.field(id, row.key);
    const plain = type.kind === 'list' ? type.item : type;
    const words = this.#use('enums', name, this.#facts.enums[name]) ?? row.enum;
    return {
      key: row.key,
      type,
      pointer,
      omitEmpty: row.omitEmpty === true,
      replace: row.replace === true,
      required: row.required === true,
      secret: this.#listed('secrets', name),
      since: row.since,
      removed: row.removed,
      deprecated: row.deprecated,
      words,
      pattern:
        plain.kind === 'string' && !implied.has(plain.format ?? '') ? row.pattern : undefined,
      judged: this.#listed('judged', name),
      minimum: row.minimum,
      maximum: row.maximum,
      list: this.#use('lists', name, this.#facts.lists[name]),
      text,
      instead,
    };
  }

  #use<T>(section: string, name: string, fact: T | undefined): T | undefined {
    if (fact !== undefined) this.#used.add(`${section} ${name}`);
    return fact;
  }

  #listed(section: 'secrets' | 'judged', name: string): boolean {
    const listed = this.#facts[section].includes(name);
    if (listed) this.#used.add(`${section} ${name}`);
    return listed;
  }

  #refuseClashes(structures: readonly StructureModel[]): void {
    const seen = new Map<string, string>();
    for (const { id, name } of structures) {
      const other = seen.get(name);
      if (other !== undefined) {
        throw new MachineConfigFactsError(
          `${id} and ${other} are both ${name} in TypeScript: name one under names of facts.yaml`,
        );
      }
      seen.set(name, id);
    }
  }

  /** A fact about a field that is not there is a slip of the pen or an old name. */
  #refuseUnused(): void {
    const due = [
      ...(['secrets', 'judged'] as const).flatMap((section) =>
        this.#facts[section].map((name) => `${section} ${name}`),
      ),
      ...(['enums', 'formats', 'lists'] as const).flatMap((section) =>
        Object.keys(this.#facts[section]).map((name) => `${section} ${name}`),
      ),
    ];
    const unused = due.filter((name) => !this.#used.has(name));
    if (unused.length > 0) {
      throw new MachineConfigFactsError(`facts.yaml: no such field: ${unused.join(', ')}`);
    }
    this.#texts.refuseUnused();
  }
}

function defaultName(id: string): string {
  const [owner = '', name = ''] = id.split('.');
  return owner === 'v1alpha1' ? `V1Alpha1${name}` : name.replace(/V1Alpha1$/, '');
}

function inlinedName(type: string): string {
  return type.replace(/^\*/, '');
}
