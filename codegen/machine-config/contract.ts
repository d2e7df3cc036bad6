import { readFileSync } from 'node:fs';

/** What one release says of machine configurations, from whatever the files at hand tell. */
export interface ReleaseFacts {
  /** Kinds of documents and the structures behind them, where a schema is at hand. */
  readonly documents: readonly { readonly kind: string | null; readonly type: string }[];
  /** Properties by structure and key, where a schema is at hand. */
  readonly schema: Readonly<Record<string, SchemaType>> | undefined;
  /** Go structs in writing order, where the contract of the structs is at hand. */
  readonly structs: Readonly<Record<string, readonly StructField[]>> | undefined;
}

/** A field of a Go struct as `talos-config-structs/1` has it. */
export interface StructField {
  readonly key?: string;
  readonly type?: string;
  readonly embeds?: string;
  readonly omitEmpty?: boolean;
  readonly merge?: string;
  readonly deprecated?: boolean;
  readonly notInSchema?: boolean;
}

/** A type of a JSON schema, as far as Talos' own uses it. */
export interface SchemaType {
  readonly properties?: Readonly<Record<string, SchemaProperty>>;
  readonly required?: readonly string[];
}

export interface SchemaProperty {
  readonly type?: string;
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: SchemaProperty;
  readonly properties?: Readonly<Record<string, SchemaProperty>>;
  readonly patternProperties?: Readonly<Record<string, SchemaProperty>>;
  readonly additionalProperties?: unknown;
  readonly oneOf?: readonly SchemaProperty[];
}

/** The files given to `config:update` cannot be used; the message says which and why. */
export class MachineConfigFactsError extends Error {
  override readonly name = 'MachineConfigFactsError';
}

/**
 * Reads the facts of one release: the schema that Talos publishes (`config.schema.json`), or the
 * contracts made of it and of the Go structs. Several files add up.
 */
export function readReleaseFacts(files: readonly string[]): ReleaseFacts {
  let facts: ReleaseFacts = { documents: [], schema: undefined, structs: undefined };
  for (const file of files) facts = { ...facts, ...readFacts(file) };
  return facts;
}

interface Contract {
  readonly format?: string;
  readonly documents?: readonly { kind: string | null; type: string }[];
  readonly types?: Readonly<Record<string, SchemaType>>;
  readonly structs?: Readonly<Record<string, readonly StructField[]>>;
  readonly $defs?: Readonly<Record<string, SchemaType>>;
}

function readFacts(file: string): Partial<ReleaseFacts> {
  const contract = readJson(file);
  const { format, documents = [], types = {}, structs = {}, $defs } = contract;
  if (format === 'talos-config-contract/1') return { documents, schema: types };
  if (format === 'talos-config-structs/1') return { structs };
  if ($defs !== undefined) return { documents: documentsOf($defs), schema: $defs };
  throw new MachineConfigFactsError(
    `${file}: is neither Talos' config.schema.json nor a contract of machine configurations`,
  );
}

function readJson(file: string): Contract {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new MachineConfigFactsError(`${file}: ${(cause as Error).message}`, { cause });
  }
  throw new MachineConfigFactsError(`${file}: holds no object`);
}

/** The published schema names a document by the only value that its `kind` may have. */
function documentsOf($defs: Readonly<Record<string, SchemaType>>): ReleaseFacts['documents'] {
  const rows: { kind: string | null; type: string }[] = [];
  for (const [type, { properties = {} }] of Object.entries($defs)) {
    const kind = properties.kind?.enum;
    if (kind?.length === 1) rows.push({ kind: String(kind[0]), type });
    else if (type === 'v1alpha1.Config') rows.push({ kind: null, type });
  }
  return rows;
}
