import { UnfitValue } from './unfit.js';

/**
 * The number of an enum value that is not one of the enum's `names`. It has to be a 32-bit number,
 * which stands for a value that this contract does not know.
 *
 * @throws {UnfitValue}
 */
export function enumNumber(value: unknown, field: string, names: readonly string[]): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw new UnfitValue(field, 'a whole number of 32 bits', value, names);
}
