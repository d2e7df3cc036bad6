import { isTalosError } from '../../runtime/errors/any-error.js';
import type { TalosRpcError } from '../../runtime/errors/rpc-error.js';
import type { StatusName } from '../../runtime/errors/status.js';

/** What a node says no with for good. */
const lasting: ReadonlySet<StatusName> = new Set<StatusName>([
  'permission-denied',
  'unauthenticated',
  'invalid-argument',
  'unimplemented',
]);

/** The error of a call, if it is one. */
export function rpcError(error: unknown): TalosRpcError | undefined {
  return isTalosError(error) && error.code === 'rpc' ? error : undefined;
}

/** Whether a node has said no, and will say so again: nobody has to look twice. */
export function isRefusal(error: unknown): boolean {
  const failed = rpcError(error);
  return failed?.outcome === 'answered' && lasting.has(failed.status);
}

/** Whether a call that acts may have run although there was no answer. */
export function mayHaveRun(error: unknown): boolean {
  if (!isTalosError(error)) return false;
  return error.code === 'protocol' || rpcError(error)?.outcome === 'unknown';
}

/**
 * Whether an error has nothing to do with nodes: a failure of the operation itself, what the caller
 * did wrong, or a client that was closed.
 */
export function neverMends(error: unknown): boolean {
  if (!isTalosError(error)) return false;
  return error.code !== 'rpc' && error.code !== 'protocol' && error.code !== 'fan-out';
}
