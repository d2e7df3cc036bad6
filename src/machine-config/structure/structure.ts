import {
  kindLines,
  structureLines,
  releases as tableReleases,
} from '../../../generated/machine-config/table.js';
import type {
  Field,
  FieldType,
  IntegerType,
  ListType,
  StringType,
  Structure,
  TextFormat,
} from './field-types.js';
import { readField } from './read-line.js';

export type { Field, FieldType, IntegerType, ListType, StringType, Structure, TextFormat };

/** A kind of document. */
export interface KindInfo {
  readonly kind: string;
  readonly structure: Structure;
  /** Whether there may be several, told apart by `name`. */
  readonly named: boolean;
  readonly since: string | undefined;
}

/** The releases that the table covers, oldest first. */
export const releases: readonly string[] = tableReleases;

const structures = new Map<string, Structure>();
let known: Map<string, KindInfo> | undefined;

/** Every kind of document, `v1alpha1` first. */
export function kinds(): readonly KindInfo[] {
  return [...kindMap().values()];
}

/** What is known of a kind; `v1alpha1` is the document that states none. */
export function kindInfo(kind: string): KindInfo | undefined {
  return kindMap().get(kind);
}

/** The structure of a kind of document. */
export function structureOf(kind: string): Structure | undefined {
  return kindInfo(kind)?.structure;
}

/** The kind of a document as the table has it. */
export function kindOf(document: { readonly kind?: unknown }): string {
  return typeof document.kind === 'string' ? document.kind : 'v1alpha1';
}

function kindMap(): Map<string, KindInfo> {
  known ??= new Map(
    kindLines
      .trim()
      .split('\n')
      .map((line) => {
        const [kind = '', name = '', ...notes] = line.split(' ');
        const since = notes.find((note) => note.startsWith('since='))?.slice('since='.length);
        const info = {
          kind,
          named: notes.includes('named'),
          since,
          get structure() {
            return structureNamed(name);
          },
        };
        return [kind, info];
      }),
  );
  return known;
}

/** Structures refer to each other, some to themselves: each is read when it is first asked for. */
function structureNamed(name: string): Structure {
  const known = structures.get(name);
  if (known !== undefined) return known;
  const structure = new TableStructure(name);
  structures.set(name, structure);
  return structure;
}

class TableStructure implements Structure {
  readonly name: string;
  #fields: readonly Field[] | undefined;
  #byKey: ReadonlyMap<string, Field> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get fields(): readonly Field[] {
    this.#fields ??= (structureLines[this.name] ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => readField(line, structureNamed));
    return this.#fields;
  }

  field(key: string): Field | undefined {
    this.#byKey ??= new Map(this.fields.map((field) => [field.key, field]));
    return this.#byKey.get(key);
  }
}
