/** When a certificate is valid. */
export interface ValidityOptions {
  /** What time it is for the issuer, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds until it expires. Default: what Talos gives to certificates of the kind. */
  readonly lifetimeMs?: number | undefined;
  /** Default: now, to the second. */
  readonly notBefore?: Date | undefined;
}

/** The two dates of a certificate. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const hourMs = 3_600_000;

/** How long certificates live that Talos issues, in milliseconds. */
export const lifetimes = {
  authority: 87_600 * hourMs,
  client: 8_760 * hourMs,
  server: 24 * hourMs,
} as const;

/** The two dates of a certificate that usually lives for `usualMs`. */
export function validity(
  { now = Date.now, lifetimeMs, notBefore }: ValidityOptions,
  usualMs: number,
): Validity {
  const start = notBefore?.getTime() ?? now();
  const wholeSecond = Math.floor(start / 1000) * 1000; // certificates know no milliseconds
  return {
    notBefore: new Date(wholeSecond),
    notAfter: new Date(wholeSecond + (lifetimeMs ?? usualMs)),
  };
}
