import type { ReceivedMetadata } from '../metadata.js';
import type { StatusDetail } from './details.js';
import type { Outcome } from './outcome.js';
import type { StatusName } from './status.js';
import { TalosError } from './talos-error.js';

/** The facts of a failed call, under the names that `TalosRpcError` has them by. */
export interface RpcFailure {
  readonly status: StatusName;
  /** Default: `unknown`. */
  readonly outcome?: Outcome | undefined;
  readonly rpc: string;
  readonly node?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly details?: readonly StatusDetail[] | undefined;
  readonly metadata?: ReceivedMetadata | undefined;
  readonly hint?: string | undefined;
  readonly peerFingerprint?: string | undefined;
}

/**
 * A call that did not end with a reply: the node refused it, or it never got there.
 *
 * `status` is the gRPC status as a word; decide by it, never by the message. Talos returns
 * `unknown` for many ordinary failures, so `unknown` says nothing about whether to try again.
 */
export class TalosRpcError extends TalosError {
  override readonly name = 'TalosRpcError';
  readonly code = 'rpc';
  /** The gRPC status of the call. */
  readonly status: StatusName;
  /**
   * What is known of the call: `not-sent` when nothing of it ran, `answered` when the peer ended it
   * with this status, else `unknown`. An action whose outcome is unknown may have run, or run still:
   * look before doing it again.
   */
  readonly outcome: Outcome;
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc: string;
  /** The node the call was addressed to; absent when it was whichever endpoint answers. */
  readonly node: string | undefined;
  /** The endpoint that carried the call, as `host:port`; absent when none was reached. */
  readonly endpoint: string | undefined;
  /**
   * The text of the peer, without status, RPC and node, as it came: the message has its control
   * characters escaped, this has not.
   */
  readonly reason: string;
  /** The decoded `google.rpc.Status` details that came with the error. */
  readonly details: readonly StatusDetail[];
  /** The trailers of the call. */
  readonly metadata: ReceivedMetadata;
  /** What probably caused it and what to do, where that is known. */
  readonly hint: string | undefined;
  /**
   * The fingerprint of the key that the endpoint showed, when it was not trusted: what
   * `maintenance({ fingerprints })` takes. Nothing was sent to it. With several endpoints, the
   * `errors` of `cause` have one each.
   */
  readonly peerFingerprint: string | undefined;

  constructor(reason: string, failure: RpcFailure, options?: ErrorOptions) {
    const { status, rpc, node, endpoint, hint } = failure;
    super(
      `[${status}] ${rpc}${node === undefined ? '' : ` on ${node}`}: ${reason}${
        hint === undefined ? '' : ` (${hint})`
      }`,
      options,
    );
    this.status = status;
    this.outcome = failure.outcome ?? 'unknown';
    this.rpc = rpc;
    this.node = node;
    this.endpoint = endpoint;
    this.reason = reason;
    this.details = failure.details ?? [];
    this.metadata = failure.metadata ?? {};
    this.hint = hint;
    this.peerFingerprint = failure.peerFingerprint;
  }

  /** `retriable` when the same call may succeed later, else `permanent`; see `isRetryable`. */
  get category(): 'retriable' | 'permanent' {
    return isRetryable(this) ? 'retriable' : 'permanent';
  }
}

/**
 * Whether the same call may succeed when made again later: the endpoint was not reachable, the
 * node is short of something, or two changes collided. Says nothing about whether repeating is
 * safe: an action may have run although its reply was lost, see `outcome` of the error.
 *
 * An endpoint that cannot be reached because certificates or addresses have to be mended first is
 * `unavailable` too, as it is for the official client, but trying again does not help; neither does
 * it with a message that is larger than the limit.
 */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error)) return false;
  const { status } = error;
  if (status !== 'unavailable' && status !== 'resource-exhausted') return status === 'aborted';
  return !needsMending(error.cause);
}

/** Problems that stay until somebody changes the configuration. */
const lasting = new Set([
  'message-size',
  'untrusted',
  'wrong-name',
  'fingerprint',
  'no-http2',
  'not-tls',
]);

function needsMending(cause: unknown): boolean {
  if (cause instanceof AggregateError) return cause.errors.every(needsMending);
  if (!(cause instanceof Error && 'problem' in cause && typeof cause.problem === 'string')) {
    return false;
  }
  // A server that ends the connection without a word may refuse the client, or be going down.
  if (cause.problem === 'client-refused') return 'code' in cause && cause.code !== undefined;
  return lasting.has(cause.problem);
}
