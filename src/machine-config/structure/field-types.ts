/** A structure of machine configurations: the fields in the order in which Talos writes them. */
export interface Structure {
  /** The name of its interface: `BondConfig`, `V1Alpha1MachineConfig`. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** The field of a YAML key. */
  field(key: string): Field | undefined;
}

/** A field, and how Talos reads, writes and merges it. */
export interface Field {
  readonly key: string;
  readonly type: FieldType;
  /** Behind a pointer in Talos: absent differs from zero. */
  readonly pointer: boolean;
  /** Not written while it is zero. */
  readonly omitEmpty: boolean;
  /** The schema asks for it. */
  readonly required: boolean;
  /** A patch replaces the value instead of adding to it. */
  readonly replace: boolean;
  /** Its value is never shown. */
  readonly secret: boolean;
  readonly since: string | undefined;
  readonly removed: string | undefined;
  readonly deprecated: string | undefined;
}

/** What a value is. */
export type FieldType =
  | StringType
  | IntegerType
  | { readonly kind: 'boolean' }
  | { readonly kind: 'struct'; readonly structure: Structure }
  | ListType
  | { readonly kind: 'map'; readonly value: FieldType; readonly pointers: boolean }
  /** Flags of a program. */
  | { readonly kind: 'args' }
  /** A mapping with any keys and values. */
  | { readonly kind: 'free' }
  /** A port, or two with a dash between. */
  | { readonly kind: 'portRange' }
  /** Permissions, written in octal. */
  | { readonly kind: 'fileMode' }
  /** Bytes, read with a unit or without. */
  | { readonly kind: 'diskSize' };

export interface IntegerType {
  readonly kind: 'integer';
  readonly bits: number;
  readonly signed: boolean;
  /** The range of the schema, where it has one. */
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface StringType {
  readonly kind: 'string';
  /** How the text is read and written; absent for a plain one. */
  readonly format?: TextFormat;
  /** The words it may be. */
  readonly enum?: readonly string[];
  /** The words are the schema's alone: Talos' decoder takes any text. */
  readonly exact?: boolean;
  /** The regular expression of the schema. */
  readonly pattern?: string;
  /** Words and pattern are left to the validation, which has messages of its own. */
  readonly judged?: boolean;
  /** The word or text that stands for absent. */
  readonly zero?: string;
}

export interface ListType {
  readonly kind: 'list';
  readonly item: FieldType;
  readonly pointers: boolean;
  /** The keys by which a patch finds an item; the first that an item has counts. */
  readonly keys?: readonly string[];
  readonly onMatch?: 'merge' | 'replace';
}

export type TextFormat =
  | 'addr'
  | 'addrPort'
  | 'base64'
  | 'byteSize'
  | 'cel'
  | 'duration'
  | 'hardwareAddr'
  | 'prefix'
  | 'routingTable'
  | 'size'
  | 'sizeMatcher'
  /** Line breaks and tabs at the start are no part of it. */
  | 'trimmed'
  | 'url';
