import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { Keys } from './keys/keys.js';

/** `error` with another hint. */
export function withHint(error: TalosRpcError, hint: string): TalosRpcError {
  const { reason, cause } = error;
  // An error has its facts under the names that it takes them by.
  const failure = { ...error, hint };
  return new TalosRpcError(reason, failure, cause === undefined ? undefined : { cause });
}

/**
 * `error` with what it means behind Omni, which says "invalid signature" for many causes, and gives
 * roles of its own to those who call.
 *
 * @param now milliseconds since 1970
 */
export function explained(error: unknown, keys: Keys, now: number): unknown {
  if (!(error instanceof TalosRpcError) || error.outcome !== 'answered') return error;
  switch (error.status) {
    case 'unauthenticated':
      return withHint(
        error,
        `Omni did not take the signature of ${keys.identity} with the key ` +
          `${keys.current?.fingerprint}: the key ran out, was never confirmed or is for another ` +
          `Omni (${keys.advice}), or the clock of this machine, which says ` +
          `${new Date(now).toISOString()}, is off by more than the five minutes that Omni allows`,
      );
    case 'permission-denied':
      return withHint(
        error,
        'behind Omni a node grants os:operator to those who may change a cluster and os:reader to ' +
          'others, whatever their role in Omni; what needs more goes through the API of Omni',
      );
    default:
      return error;
  }
}
