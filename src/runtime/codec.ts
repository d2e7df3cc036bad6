import { TalosConfigError } from './errors/config-error.js';
import { isBytes } from './protobuf/bytes.js';
import type { Decode, Encode } from './protobuf/coding.js';
import { Reader } from './protobuf/reader.js';
import { refusal } from './protobuf/refusal.js';
import { UnfitValue } from './protobuf/unfit.js';
import { Writer } from './protobuf/writer.js';

export type { Decode, Encode };

let writer: Writer | undefined;
let reader: Reader | undefined;

/**
 * The encoded form of `message`.
 *
 * @throws {TalosConfigError} when a value does not fit its field; the error names the field.
 */
export function toBytes<T>(encode: Encode<T>, message: T): Uint8Array {
  // Taken while in use, so that a getter on the message that encodes another finds its own.
  const own = writer ?? new Writer();
  writer = undefined;
  try {
    encode(own, message);
    return own.finish();
  } catch (cause) {
    throw refused(cause, encode, message);
  } finally {
    own.discard();
    writer = own;
  }
}

/**
 * The encoded form of `message`, in memory of `scratch` that the next message overwrites. For
 * messages that are copied before the next one is encoded.
 *
 * @throws {TalosConfigError} when a value does not fit its field; the error names the field.
 */
export function toScratch<T>(scratch: Writer, encode: Encode<T>, message: T): Uint8Array {
  scratch.rewind();
  try {
    encode(scratch, message);
    return scratch.lend();
  } catch (cause) {
    throw refused(cause, encode, message);
  }
}

/** An error that the engine throws in an encoder is a mistake of the caller too. */
function refused<T>(cause: unknown, encode: Encode<T>, message: T): unknown {
  if (cause instanceof UnfitValue) return refusal(cause, encode, message);
  if (cause instanceof RangeError) {
    return new TalosConfigError(
      'a message holds itself, or too many others in each other',
      {},
      { cause },
    );
  }
  if (cause instanceof TypeError) {
    return new TalosConfigError(
      `a field holds no message or list: ${cause.message}`,
      {},
      { cause },
    );
  }
  return cause;
}

/**
 * Decodes the message in `bytes`. Byte fields are views of `bytes`.
 *
 * Use it for messages that come as bytes inside another message, such as the specs of resources.
 *
 * @example
 * ```ts
 * import { decodeMachineStatusSpec } from 'talos-client/definitions/runtime';
 *
 * const bytes = resource?.spec?.protoSpec ?? new Uint8Array();
 * const { stage, status } = fromBytes(decodeMachineStatusSpec, bytes);
 * ```
 * @throws {TalosProtocolError} when the bytes are not a valid encoding.
 * @throws {TalosConfigError} when `bytes` is not a `Uint8Array`.
 */
export function fromBytes<T>(decode: Decode<T>, bytes: Uint8Array): T {
  if (!isBytes(bytes)) {
    throw new TalosConfigError('bytes: a Uint8Array is needed', { field: 'bytes' });
  }
  const own = reader ?? new Reader(bytes);
  reader = undefined;
  try {
    own.open(bytes);
    return decode(own, own.end);
  } finally {
    own.close();
    reader = own;
  }
}

/** An enum value: one of the contract's names, or the number of a value it does not know. */
export type Enum<Name extends string> = Name | (number & {});

/**
 * What callers may pass for a message of type `T`: every field may be left out, at every depth, and
 * then has its default.
 */
export type Init<T> = T extends string | number | bigint | boolean | Uint8Array | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Init<Item>[]
    : T extends { readonly case: infer Case }
      ? IsCase<Case> extends true
        ? { readonly [Key in keyof T]: Init<T[Key]> }
        : { readonly [Key in keyof T]?: Init<T[Key]> | undefined }
      : { readonly [Key in keyof T]?: Init<T[Key]> | undefined };

/**
 * Whether `case` here names a case of a oneof, and is not a field that happens to have that name.
 */
type IsCase<Case> = [Case] extends [string | undefined]
  ? string extends Case
    ? false
    : true
  : false;

/**
 * `Init<T>` in which the fields `Key` must be stated, since their defaults act or make no sense.
 */
export type Stated<T, Key extends keyof T> = Init<T> & {
  readonly [Name in Key]: NonNullable<Init<T[Name]>>;
};
