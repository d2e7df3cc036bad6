import type { SigningKey } from '../openpgp/signing-key.js';

/** How far clocks may be apart for Omni, in milliseconds. */
export const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Why a key cannot sign at a time. */
export interface Unfit {
  readonly reason: string;
  /** Whether a new key helps. */
  readonly renewable: boolean;
}

/**
 * Why `key` cannot sign now; absent when it can.
 *
 * @param now milliseconds since 1970
 */
export function unfit({ createdAt, expiresAt }: SigningKey, now: number): Unfit | undefined {
  const clock = `the clock of this machine says ${new Date(now).toISOString()}`;
  if (expiresAt !== undefined && now >= expiresAt.getTime()) {
    return { reason: `expired at ${expiresAt.toISOString()} (${clock})`, renewable: true };
  }
  if (now < createdAt.getTime() - CLOCK_SKEW_MS) {
    return {
      reason:
        `was made at ${createdAt.toISOString()}, and ${clock}: check the clock (NTP), since Omni ` +
        'allows five minutes of difference',
      renewable: false,
    };
  }
  return undefined;
}
