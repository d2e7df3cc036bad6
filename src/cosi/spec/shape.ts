/** Data as JSON has it: what Talos takes or shows without giving it a shape. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A mapping with any keys. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * One of the words that the contract knows, or another one: a node that is newer than the contract
 * may have more.
 */
export type Word<Known extends string> = Known | (string & Record<never, never>);

/**
 * How a single value is written in protobuf and in YAML, and what it becomes. Zero and what is not
 * there are the same: `''`, `0`, `0n`, `false`, `{}`.
 *
 * | name | becomes |
 * | --- | --- |
 * | `text`, `bool`, `double`, `int32`, `uint32` | `string`, `boolean`, `number` |
 * | `integer`: 64 bits that count few things | `number`; what it cannot hold is refused |
 * | `int64`, `uint64` | `bigint` |
 * | `address`, `prefix`, `endpoint` | text: `10.5.0.2`, `10.5.0.2/24`, `10.5.0.2:51820` |
 * | `mac`, `url` | text |
 * | `time` | RFC 3339 text in UTC |
 * | `duration` | `number` of milliseconds |
 * | `pem`, `chars` | the text that bytes are; YAML has `pem` in base64 |
 * | `base64` | bytes, as text in base64 |
 * | `json` | a mapping of any shape |
 * | `config` | the text of a machine configuration |
 */
export type Scalar =
  | 'text'
  | 'bool'
  | 'double'
  | 'int32'
  | 'uint32'
  | 'integer'
  | 'int64'
  | 'uint64'
  | 'address'
  | 'prefix'
  | 'endpoint'
  | 'mac'
  | 'url'
  | 'time'
  | 'duration'
  | 'pem'
  | 'chars'
  | 'base64'
  | 'json'
  | 'config';

/** An object with fields, in the order of its keys. */
export interface Structure {
  readonly fields: readonly Field[];
  /** The key of the field that a single value stands for: older releases have the value alone. */
  readonly scalar?: string;
}

/** One field: its name in the result, its protobuf number, its key in YAML, and what it holds. */
export type Field = readonly [
  name: string,
  number: number,
  /** `''` where the keys of the value stand among those of the structure itself. */
  key: string,
  holds: Shape,
  /** The key that older releases have. */
  olderKey?: string,
];

/** Words that stand for the numbers of an enum. */
export interface Words {
  readonly words: Readonly<Record<number, string>>;
  /** What a number without a word is called: `MachineStage(9)`; absent where it is the number. */
  readonly called?: string;
}

/** Bits of a number, each with a word; they become a list. */
export interface Flags {
  readonly flags: Readonly<Record<number, string>>;
}

/** How a value is written, and what it becomes. */
export type Shape =
  | Scalar
  | Structure
  | Words
  | Flags
  /** `orOne`: YAML may have one value without a list. */
  | { readonly list: Shape; readonly orOne?: true }
  | { readonly map: Shape }
  /** May be absent, which is something else than zero. */
  | { readonly maybe: Shape }
  /** Absent when all of it is zero. */
  | { readonly unlessZero: Shape }
  /** What YAML never shows, zero or not: absent when it is read from there. */
  | { readonly untold: Shape }
  /** A message that becomes its one field; `key` is the field in YAML where that shows it. */
  | { readonly only: Shape; readonly number: number; readonly key?: string }
  /** Messages of name and value; a mapping in YAML and as result. */
  | { readonly pairs: true };

/** How the specs of a kind are read. */
export interface SpecShape<Spec = unknown> {
  readonly shape: Shape;
  /** Where the protobuf does not say all that the YAML says: that is never read. */
  readonly onlyYaml?: true;
  /** Where the YAML does not say all that the protobuf says. */
  readonly yamlLacks?: true;
  /** Never there: ties the shape to its type. */
  readonly becomes?: Spec;
}
