import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { MachineConfigFactsError } from './contract.js';
import type { FieldRow } from './structures.js';

/** What no schema tells, written by hand: `schemas/machine-config/facts.yaml`. */
export interface Facts {
  /** Kinds that the schema misnames: its name → the name that the code registers. */
  readonly renamedKinds: Readonly<Record<string, string>>;
  /** Kinds that the schema leaves out: kind → structure. */
  readonly missingKinds: Readonly<Record<string, string>>;
  /** Kinds whose name is no part of their identity, though they have a field `name`. */
  readonly unnamedKinds: readonly string[];
  /** Go types that are no structures: name → what they are. */
  readonly types: Readonly<Record<string, NamedType>>;
  /** Structures that the contract leaves out: name → fields. */
  readonly structures: Readonly<Record<string, readonly FieldRow[]>>;
  /** Names of structures in TypeScript, where the name alone would stand twice. */
  readonly names: Readonly<Record<string, string>>;
  /** Lists whose items have a key: `structure.field` → how a patch finds and treats them. */
  readonly lists: Readonly<Record<string, KeyedList>>;
  /** Fields that hold a secret: `structure.field`. */
  readonly secrets: readonly string[];
  /** Enums and patterns that the decoder lets pass and the validation judges: `structure.field`. */
  readonly judged: readonly string[];
  /** Fields that are read in another way than their type tells: `structure.field` → format. */
  readonly formats: Readonly<Record<string, string>>;
  /** Enums that the schema leaves out: `structure.field` → words. */
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

/** A Go type with a decoder of its own, an alias of another type, or an enum. */
export type NamedType =
  /** The same as another Go type. */
  | { readonly is: string }
  /** Text that is read and written in one way: `duration`, `prefix`. */
  | { readonly text: string; readonly zero?: string }
  /** A word out of a list; `zero` is the one that an absent value stands for. */
  | { readonly words: readonly string[]; readonly zero?: string }
  /** One of the shapes of their own: `args`, `free`, `portRange`, `fileMode`. */
  | { readonly shape: string };

export interface KeyedList {
  readonly keys: readonly string[];
  readonly onMatch: 'merge' | 'replace';
}

/** Reads `facts.yaml`; unknown parts of it stop the run. */
export function readFactsFile(file: string): Facts {
  const value: unknown = parse(readFileSync(file, 'utf8'));
  const empty: Facts = {
    renamedKinds: {},
    missingKinds: {},
    unnamedKinds: [],
    types: {},
    structures: {},
    names: {},
    lists: {},
    secrets: [],
    judged: [],
    formats: {},
    enums: {},
  };
  for (const key of Object.keys(value ?? {})) {
    if (!(key in empty)) throw new MachineConfigFactsError(`${file}: ${key} has no meaning`);
  }
  return { ...empty, ...(value as Partial<Facts>) };
}
