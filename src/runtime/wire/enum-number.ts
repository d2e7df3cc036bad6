import { TalosConfigError } from '../errors/config-error.js';

/**
 * The number of an enum value that is none of its enum's `names`: only a number of 32 bits will do,
 * as that of a value this contract does not know.
 *
 * @throws {TalosConfigError}
 */
export function enumNumber(value: unknown, field: string, names: readonly string[]): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  const got = typeof value === 'string' || typeof value === 'number' ? value : typeof value;
  throw new TalosConfigError(
    `${field}: expected ${names.join(', ')} or a whole number of 32 bits, got ${String(got)}`,
    { field },
  );
}
