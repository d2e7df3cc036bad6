import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type FieldRow, type KindRow, ResourceFactsError } from './table.js';

/** What neither the contract nor the table tells, by hand: `schemas/resources/facts.yaml`. */
export interface Facts {
  /** Kinds that the table leaves out: type → the rest of their row. */
  readonly kinds: Readonly<Record<string, Omit<KindRow, 'type'>>>;
  /** Types that no names are made from. */
  readonly ownAliasesOnly: readonly string[];
  /** Type → names that the table leaves out. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** Type → what Talos takes for one of its plural. */
  readonly singulars: Readonly<Record<string, string>>;
  /** Kind → the structure or shape of its spec. */
  readonly specs: Readonly<Record<string, string>>;
  /** Kinds whose specs have no fields. */
  readonly empty: readonly string[];
  /** Kind → the id of its one resource. */
  readonly ids: Readonly<Record<string, string>>;
  /** Kinds that have a constant for an id, and yet several resources. */
  readonly notSingle: readonly string[];
  /** Type, structure or enum → its name in TypeScript. */
  readonly names: Readonly<Record<string, string>>;
  /** Type → a sentence on the kind. */
  readonly texts: Readonly<Record<string, string>>;
  /** Go type → what its values become. */
  readonly shapes: Readonly<Record<string, string>>;
  /** Go types of numbers that the contract knows better. */
  readonly numbers: readonly string[];
  /** Go types that YAML never shows where it is to leave out zeros. */
  readonly untold: readonly string[];
  readonly pairs: readonly string[];
  readonly only: readonly string[];
  readonly lists: readonly string[];
  readonly scalars: Readonly<Record<string, string>>;
  readonly structures: Readonly<Record<string, ExtraStructure>>;
  readonly flags: Readonly<Record<string, Readonly<Record<number, string>>>>;
  readonly unknownWords: readonly string[];
  readonly plainNumbers: readonly string[];
  readonly words: Readonly<Record<string, Readonly<Record<number, string>>>>;
}

/** A structure that the table leaves out. */
export interface ExtraStructure {
  /** Its message; absent where nodes send none. */
  readonly message?: string;
  readonly fields: readonly (FieldRow & {
    /** Its name in TypeScript, where no message tells it. */
    readonly name?: string;
  })[];
}

/** Reads `facts.yaml`; unknown parts of it stop the run. */
export function readFacts(file: string): Facts {
  const value: unknown = parse(readFileSync(file, 'utf8'));
  const empty: Facts = {
    kinds: {},
    ownAliasesOnly: [],
    aliases: {},
    singulars: {},
    specs: {},
    empty: [],
    ids: {},
    notSingle: [],
    names: {},
    texts: {},
    shapes: {},
    numbers: [],
    untold: [],
    pairs: [],
    only: [],
    lists: [],
    scalars: {},
    structures: {},
    flags: {},
    unknownWords: [],
    plainNumbers: [],
    words: {},
  };
  for (const key of Object.keys(value ?? {})) {
    if (!(key in empty)) throw new ResourceFactsError(`${file}: ${key} has no meaning`);
  }
  return { ...empty, ...(value as Partial<Facts>) };
}
