import { addressee } from '../addressing.js';
import { resetCodes, type StreamEnd } from '../carriers/carrier.js';
import type { Outcome } from '../errors/outcome.js';
import { isTransient } from '../errors/rpc-error.js';
import type { StatusName } from '../errors/status.js';
import type { Idempotency } from '../method.js';
import type { AnyCall } from '../transport.js';

/** How an attempt failed, as far as it matters for a repeat. */
export interface AttemptFailure {
  /**
   * How its stream ended. `silent`: its share of the deadline passed without a sign of the node.
   * `unreachable`: there was no connection to make it over.
   */
  readonly end: StreamEnd | 'silent' | 'unreachable';
  readonly status: StatusName;
  readonly outcome: Outcome;
  readonly cause: unknown;
}

/** What a repeat of the call does: what is known of its method, or what the caller asserted. */
function idempotencyOf({ method, idempotent }: AnyCall): Idempotency {
  return method.idempotency === 'unsafe' && idempotent === true ? 'idempotent' : method.idempotency;
}

/**
 * Whether the call may run twice. An `idempotent` one may do so only if it names its node: twice does
 * no harm on the same node, but it does on two nodes. A single endpoint is not enough: as a name, a
 * virtual IP or a load balancer it may stand for many nodes.
 */
export function mayRunTwice(call: AnyCall): boolean {
  const idempotency = idempotencyOf(call);
  return (
    idempotency === 'read' || (idempotency === 'idempotent' && addressee(call.metadata) === 'node')
  );
}

/**
 * Whether the call may be made again after an attempt failed: another one may succeed, and does no
 * harm. Whether there is time and budget for it, and whether its requests are still there, is decided
 * elsewhere.
 *
 * After `not-sent` nothing has run, so that every call may be made again. Otherwise only one that may
 * run twice is: an endpoint that could not reach a node answers with the same status as one that lost
 * the node in the middle of a call.
 */
export function mayRepeat(call: AnyCall, failure: AttemptFailure): boolean {
  return mayHelp(failure) && (failure.outcome === 'not-sent' || mayRunTwice(call));
}

/** Whether the fault may be gone, or may be avoided through another endpoint. */
function mayHelp({ end, status, outcome, cause }: AttemptFailure): boolean {
  if (isTransient(status, cause)) return true;
  if (end === 'silent') return true;
  if (end === 'unreachable' || outcome === 'answered') return false;
  switch (end.kind) {
    case 'trailers':
      // The endpoint says so when it lost the node, or did not get an answer of it in time.
      return status === 'cancelled' || status === 'deadline-exceeded';
    case 'no-trailers':
      return true;
    case 'reset':
      return end.code !== resetCodes.inadequateSecurity;
    default:
      return false;
  }
}

/**
 * What the peer says about a repeat, in the trailer `grpc-retry-pushback-ms`: the milliseconds to
 * wait, or `never`. Absent when it says nothing.
 */
export function pushback(end: AttemptFailure['end']): number | 'never' | undefined {
  if (typeof end === 'string' || end.kind !== 'trailers') return undefined;
  const value = end.fields.first('grpc-retry-pushback-ms');
  if (value === undefined) return undefined;
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : 'never';
}
