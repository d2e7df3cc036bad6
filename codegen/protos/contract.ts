/**
 * The wire contract as plain data: everything that decides what travels on the wire and what the
 * .proto files say, apart from their comments.
 *
 * Names of messages, enums, services, extensions and field types are full names without a leading
 * dot (`machine.RebootRequest.Mode`). Lists keep the order of declaration.
 */
export interface Contract {
  readonly source: ContractSource;
  /** Imported files that carry options only and are left out, `google/protobuf/descriptor.proto`. */
  readonly notEmbedded: readonly string[];
  /** Sorted by path. */
  readonly files: readonly FileFacts[];
}

/** The releases that the facts were read from. */
export interface ContractSource {
  readonly talos: string;
  /** Commit of the COSI specification that holds the state service. */
  readonly cosiSpecification?: string;
  /** Version of the COSI runtime that this Talos release uses. */
  readonly cosiRuntime?: string;
}

export interface FileFacts {
  /** Import path, with forward slashes: `machine/machine.proto`. */
  readonly path: string;
  readonly package: string;
  readonly imports: readonly string[];
  /** Those of `imports` that are passed on to files that import this one. */
  readonly publicImports?: readonly string[];
  readonly extensions?: readonly ExtensionFacts[];
  readonly services: readonly ServiceFacts[];
  /** Nested messages follow their parent. */
  readonly messages: readonly MessageFacts[];
  /** Enums inside messages first, in the order of the messages. */
  readonly enums: readonly EnumFacts[];
}

/** A custom option, declared by extending one of the descriptor's option messages. */
export interface ExtensionFacts {
  readonly name: string;
  readonly extends: string;
  readonly number: number;
  readonly type: string;
  readonly label?: 'optional' | 'repeated';
}

/** Values of custom options, by name in parentheses: `(common.remove_deprecated_field)`. */
export type Options = Readonly<Record<string, OptionValue>>;
export type OptionValue = string | number | boolean;

/** What every element of a contract may carry. */
export interface Annotated {
  readonly name: string;
  readonly deprecated?: true;
  readonly options?: Options;
}

export interface ServiceFacts extends Annotated {
  readonly methods: readonly MethodFacts[];
}

export interface MethodFacts extends Annotated {
  readonly input: string;
  readonly output: string;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}

export interface MessageFacts extends Annotated {
  readonly fields: readonly FieldFacts[];
  readonly reserved?: Reserved;
}

/** `optional` is a field with explicit presence, `singular` one without. */
export type FieldLabel = 'singular' | 'optional' | 'repeated' | 'map';

export interface FieldFacts extends Annotated {
  readonly number: number;
  /** A scalar's keyword or a full type name; of a map, the type of its values. */
  readonly type: string;
  readonly label: FieldLabel;
  readonly keyType?: string;
  readonly oneof?: string;
  /** Set on every repeated field that can be packed. */
  readonly packed?: boolean;
}

export interface EnumFacts extends Annotated {
  readonly values: readonly EnumValueFacts[];
  readonly allowAlias?: true;
  readonly reserved?: Reserved;
}

export interface EnumValueFacts extends Annotated {
  readonly number: number;
}

/** Numbers (inclusive ranges) and names that must not be used again. */
export interface Reserved {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly names: readonly string[];
}

/** The scalar types of protobuf, by keyword. */
export const scalarTypes: ReadonlySet<string> = new Set([
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
]);

/** The scalar types that a map may have as its key. */
export const mapKeyTypes: ReadonlySet<string> = new Set(
  [...scalarTypes].filter((type) => !['double', 'float', 'bytes'].includes(type)),
);

/** Largest field number that protobuf allows. */
export const maxFieldNumber = 536_870_911;

/** Largest number of an enum value. */
export const maxEnumNumber = 2_147_483_647;

/** Everything before the last dot; `''` for a name without one. */
export function parentName(fullName: string): string {
  const dot = fullName.lastIndexOf('.');
  return dot < 0 ? '' : fullName.slice(0, dot);
}

/** Everything after the last dot. */
export function simpleName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1);
}
