import { isRecord } from '../arguments/record.js';
import { UnfitValue, wrong } from './unfit.js';

// What encoders find wrong with a message as a whole. They go through its keys by themselves, which
// costs next to nothing, and come here when something is odd.

/** Refuses a message with a key that is not one of its fields, or a value that is not a message. */
export function refuseField(message: unknown, key: string): never {
  checkEmpty(message);
  throw new UnfitValue('', '', message, undefined, key);
}

/** Refuses a value without keys that is not a message. */
export function checkEmpty(message: unknown): void {
  checkRecord(message, '', 'an object with the fields of the message');
}

/** Refuses a value that is not a message without fields. */
export function checkNoFields(message: unknown): void {
  for (const key in message as object) refuseField(message, key);
  checkEmpty(message);
}

/** Refuses a oneof whose case is not one of `cases`. */
export function refuseCase(value: unknown, field: string, cases: readonly string[]): never {
  throw new UnfitValue(field, 'undefined', (value as { readonly case: unknown }).case, cases);
}

/** Refuses a oneof that has a value but no case. */
export function checkNoCase(value: unknown, field: string): void {
  if (value === undefined) return;
  if (typeof value === 'object' && value !== null && 'case' in value) return;
  throw wrong(field, '{ case, value } with the name of a case', value);
}

/** The index of the last item of `list`, or -1 when it is empty. Refuses what is not an array. */
export function lastIndex(list: readonly unknown[], field: string): number {
  if (!Array.isArray(list)) throw wrong(field, 'an array', list);
  return list.length - 1;
}

/** Whether `value` is an empty array of bytes. Other values are not empty; writing refuses them. */
export function isEmptyBytes(value: Uint8Array): boolean {
  return value instanceof Uint8Array && value.length === 0;
}

/** Refuses what is not an object with keys. */
export function checkRecord(
  record: unknown,
  field: string,
  expected = 'an object with the keys of the map',
): void {
  if (!isRecord(record)) throw wrong(field, expected, record);
}
