/** Multipliers of the units of sizes: `k` and `KB` are thousands, `Ki` and `KiB` are 1024. */
const prefixes = 'kmgtpe';

/**
 * Bytes of a size with or without a unit (`10GB`, `1.5 TiB`, `4096`); `undefined` for any other
 * text and for what 64 bits do not hold.
 */
export function parseBytes(text: string): bigint | undefined {
  const [, number = '', unit = ''] = /^([\d.,]*)\s*(.*?)\s*$/s.exec(text) ?? [];
  const digits = number.replaceAll(',', '');
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits)) return undefined;
  const [, prefix = '', binary] = /^([kmgtpe]?)(i?)b?$/.exec(unit.toLowerCase()) ?? ['', undefined];
  if (prefix === undefined || binary === undefined) return undefined;
  if (prefix === '' && binary !== '') return undefined;
  const power = prefix === '' ? 0 : prefixes.indexOf(prefix) + 1;
  const bytes = Number(digits) * (binary === '' ? 1000 : 1024) ** power;
  return bytes >= 2 ** 64 ? undefined : BigInt(Math.trunc(bytes));
}

/**
 * Bytes as the size of a partition is written: with a unit where that says all of it (`5.0 GB`), as
 * a number of bytes otherwise.
 */
export function formatDiskSize(bytes: bigint): string | bigint {
  if (bytes % 1000n !== 0n) return bytes;
  const text = humanBytes(bytes);
  return parseBytes(text) === bytes ? text : bytes;
}

/** Two significant digits, as in `5.0 GB` and `50 GB`. */
function humanBytes(bytes: bigint): string {
  const size = Number(bytes);
  if (size < 10) return `${size} B`;
  let power = 0;
  while (power < prefixes.length && 1000 ** (power + 1) <= size) power += 1;
  const value = Math.floor((size / 1000 ** power) * 10 + 0.5) / 10;
  const unit = power === 0 ? 'B' : `${power === 1 ? 'k' : prefixes[power - 1]?.toUpperCase()}B`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** Whether a text is a size: bytes with or without a unit, with a minus for what to leave free. */
export function isByteSize(text: string): boolean {
  return parseBytes(text.replace(/^-/, '')) !== undefined;
}

/** Whether a text is a size or a percentage from 0 to 100. */
export function isSize(text: string): boolean {
  if (!text.includes('%')) return isByteSize(text);
  const [, number = ''] = /^-?(.*)%$/s.exec(text) ?? [];
  if (!/^[+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(number)) return false;
  return Number(number) <= 100;
}

/** Whether a text is a size with a comparison before it, as disk selectors take it: `>= 1TB`. */
export function isSizeMatcher(text: string): boolean {
  const [, , size = ''] = /^(>=|<=|>|<|==)?(.*)$/s.exec(text.trim()) ?? [];
  return parseBytes(size.trim()) !== undefined;
}
