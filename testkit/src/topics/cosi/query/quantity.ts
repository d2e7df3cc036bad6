const multipliers: readonly (readonly [string, bigint])[] = [
  ['pi', 1n << 50n],
  ['ti', 1n << 40n],
  ['gi', 1n << 30n],
  ['mi', 1n << 20n],
  ['ki', 1n << 10n],
  ['p', 10n ** 15n],
  ['t', 10n ** 12n],
  ['g', 10n ** 9n],
  ['m', 10n ** 6n],
  ['k', 10n ** 3n],
];

/**
 * The whole number that a text such as `512`, `10 GiB` or `4k` stands for, in the 64 bits it is
 * compared with. Nothing for other texts, fractions among them. What follows the unit is ignored.
 */
export function parseQuantity(text: string): bigint | undefined {
  const [, digits = '', rest = ''] = /^(-?\d+)([^\d-][\s\S]*)?$/.exec(text.trim()) ?? [];
  if (digits === '') return undefined;
  const number = BigInt(digits);
  if (BigInt.asIntN(64, number) !== number) return undefined;
  const unit = rest.trim().toLowerCase();
  if (unit === '') return number;
  const found = multipliers.find(([prefix]) => unit.startsWith(prefix));
  return found === undefined ? undefined : BigInt.asIntN(64, number * found[1]);
}
