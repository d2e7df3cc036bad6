/** Nanoseconds of the units that Go reads. */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n, // U+00B5
  μs: 1000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const limit = 1n << 63n;

/**
 * Nanoseconds of a duration as Go writes it (`1h30m`, `-1.5s`, `0`), or `undefined` for any other
 * text and for more than 64 bits hold.
 */
export function parseDuration(text: string): bigint | undefined {
  const [, sign, body = ''] = /^([-+]?)(.+)$/s.exec(text) ?? [];
  if (body === '0') return 0n;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)\.?(\d*)([^\d.]+)/g)) {
    const scale = units[unit] ?? 0n;
    total += BigInt(whole === '' ? 0 : whole) * scale;
    if (fraction !== '') {
      const digits = fraction.slice(0, 18);
      total += (BigInt(digits) * scale) / 10n ** BigInt(digits.length);
    }
    if (total > limit) return undefined;
  }
  if (sign === '-') return -total;
  return total === limit ? undefined : total;
}

/** A duration as Go writes it: `168h0m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds === 0n) return '0s';
  const below = (['ns', 'µs', 'ms'] as const).find(
    (_, index) => nanoseconds < 1000n ** BigInt(index + 1),
  );
  if (below !== undefined) return decimal(nanoseconds, units[below] ?? 1n) + below;
  const minute = 60_000_000_000n;
  const minutes = nanoseconds / minute;
  const seconds = `${decimal(nanoseconds % minute, 1_000_000_000n)}s`;
  if (minutes === 0n) return seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`;
}

/** `amount / scale` with as many digits as it takes; `scale` is a power of ten. */
function decimal(amount: bigint, scale: bigint): string {
  const rest = amount % scale;
  const digits = (rest + scale).toString().slice(1).replace(/0+$/, '');
  return `${amount / scale}${rest === 0n ? '' : `.${digits}`}`;
}
