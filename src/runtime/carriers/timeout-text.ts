/** Units of `grpc-timeout`, which tells the peer the deadline; its number has at most 8 digits. */
const units = [
  ['m', 1],
  ['S', 1000],
  ['M', 60_000],
  ['H', 3_600_000],
] as const;

/** The value of `grpc-timeout` for a deadline in `timeoutMs` milliseconds, rounded up. */
export function timeoutText(timeoutMs: number): string {
  const left = Math.max(timeoutMs, 0);
  const [unit, size] = units.find((entry) => left / entry[1] < 1e8) ?? units[3];
  return `${Math.ceil(left / size)}${unit}`;
}
