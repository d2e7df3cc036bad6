/** When a certificate is valid. */
export interface ValidityOptions {
  /** What time it is for the issuer, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds until it expires. Default: what Talos gives to certificates of the kind. */
  readonly lifetimeMs?: number | undefined;
  /** Default: now, to the second. */
  readonly notBefore?: Date | undefined;
  /** Puts all of the lifetime into the past, or into the future. */
  readonly flaw?: 'expired' | 'not-yet-valid' | undefined;
}

const hourMs = 3_600_000;

/** How long certificates live that Talos issues, in milliseconds. */
export const lifetimes = {
  authority: 87_600 * hourMs,
  client: 8_760 * hourMs,
  server: 24 * hourMs,
} as const;

/** The time between the two dates of a certificate and now, for one with a flaw. */
const marginMs = hourMs;

/** The two dates of a certificate. */
export function validity(
  { now = Date.now, lifetimeMs, notBefore, flaw }: ValidityOptions,
  usualMs: number,
): { notBefore: Date; notAfter: Date } {
  const lifetime = lifetimeMs ?? usualMs;
  const starts: Record<string, () => number> = {
    expired: () => now() - marginMs - lifetime,
    'not-yet-valid': () => now() + marginMs,
  };
  const start = starts[flaw ?? '']?.() ?? notBefore?.getTime() ?? now();
  const wholeSecond = Math.floor(start / 1000) * 1000; // certificates know no milliseconds
  return { notBefore: new Date(wholeSecond), notAfter: new Date(wholeSecond + lifetime) };
}
