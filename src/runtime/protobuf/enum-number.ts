import { UnfitValue } from './unfit.js';

/**
 * The number of an enum value that is none of its enum's `names`: only a number of 32 bits will do,
 * as that of a value this contract does not know.
 *
 * @throws {UnfitValue}
 */
export function enumNumber(value: unknown, field: string, names: readonly string[]): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw new UnfitValue(field, 'a whole number of 32 bits', value, names);
}
