/**
 * How a value of a spec is written on the wire, and what it becomes:
 *
 * | name | becomes |
 * | --- | --- |
 * | `text`, `bool`, `double`, `int32`, `uint32` | `string`, `boolean`, `number` |
 * | `int64`, `uint64` | `bigint` |
 * | `address`, `prefix`, `endpoint`, `mac`, `url` | text: `10.5.0.2`, `10.5.0.2/24`, `10.5.0.2:51820` |
 * | `time` | RFC 3339 text in UTC |
 * | `duration` | `number` of milliseconds |
 * | `pem`, `bytes` | the text of the bytes, the bytes |
 * | `free` | plain data of any shape |
 */
export type Scalar =
  | 'text'
  | 'bool'
  | 'double'
  | 'int32'
  | 'uint32'
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
  | 'bytes'
  | 'free';

/** A structure with fields; `T` is what it becomes. */
export interface Structure<T = unknown> {
  /** In the order of the result's keys. */
  readonly fields: readonly Field[];
  /** Never there: ties the structure to its type. */
  readonly becomes?: T;
}

/** Numbers of an enum and the words that stand for them, as YAML has them. */
export interface Words {
  readonly words: Readonly<Record<number, string>>;
}

/** What a field holds. */
export type FieldType =
  | Scalar
  | Structure
  | Words
  | { readonly list: FieldType }
  | { readonly map: FieldType }
  /** May be absent, which is something else than zero. */
  | { readonly maybe: FieldType };

/** One field: its name in the result, its protobuf number, its key in YAML. */
export type Field = readonly [name: string, number: number, key: string, type: FieldType];
