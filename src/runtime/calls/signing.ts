import type { Credentials } from '../credentials/credentials.js';
import type { MetadataInit } from '../metadata.js';
import type { Transport } from '../transport.js';
import type { Attempt, AttemptHook } from './attempt-hook.js';

/** Credentials that authenticate each attempt of a call, in place of the connection. */
export interface SigningCredentials extends Credentials {
  /**
   * The metadata that authenticates an attempt, such as a signature. It is asked last: `metadata` of
   * the attempt holds all that is sent besides, that of hooks included. If it throws or rejects, the
   * attempt is not sent and the call ends with that error.
   */
  sign(attempt: Attempt): MetadataInit | Promise<MetadataInit>;
  /**
   * The transport to use in place of `transport`, for what has to happen around whole calls. It must
   * pass on `sibling` as it is: siblings get one of their own.
   */
  over(transport: Transport): Transport;
}

/** `credentials` if they sign calls. */
export function signingOf(credentials: Credentials): SigningCredentials | undefined {
  const { sign, over } = credentials as Partial<SigningCredentials>;
  const both = typeof sign === 'function' && typeof over === 'function';
  return both ? (credentials as SigningCredentials) : undefined;
}

/** `hook`, and below it the signature: whatever `hook` adds is signed too. */
export function signedAttempts(
  hook: AttemptHook | undefined,
  signing: SigningCredentials,
): AttemptHook {
  return {
    async begin(attempt) {
      const more = await hook?.begin?.(attempt);
      const metadata = { ...attempt.metadata, ...more };
      return { ...more, ...(await signing.sign({ ...attempt, metadata })) };
    },
    ended: (attempt, end) => hook?.ended?.(attempt, end),
  };
}
