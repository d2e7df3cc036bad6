import type { ValidityOptions } from 'talos-client/pki';

/** What can be wrong with the dates of a certificate. */
export type DateFlaw = 'expired' | 'not-yet-valid';

/** The time between now and the two dates of a certificate with a flaw. */
const marginMs = 3_600_000;

/** Dates of a certificate: all of its lifetime in the past, or in the future, if it has a flaw. */
export function datesWith(flaw: DateFlaw | undefined, lifetimeMs: number): ValidityOptions {
  if (flaw === undefined) return {};
  const start = flaw === 'expired' ? -marginMs - lifetimeMs : marginMs;
  return { notBefore: new Date(Date.now() + start), lifetimeMs };
}
