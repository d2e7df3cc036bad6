import type { ReceivedMetadata } from '../metadata.js';
import type { StatusDetail } from './details.js';
import type { Outcome } from './outcome.js';
import type { StatusName } from './status.js';
import { TalosError } from './talos-error.js';

/** The facts of a failed call, under the same names as in `TalosRpcError`. */
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
 * A call failed: the node answered with an error, or the call got no answer.
 *
 * `status` is the gRPC status as a word. Decide by it, never by the message. Talos returns the
 * status `unknown` for many ordinary failures, so it does not tell whether to try again.
 */
export class TalosRpcError extends TalosError {
  /** @internal */
  static override readonly code = 'rpc';
  override readonly name = 'TalosRpcError';
  readonly code = 'rpc';
  /** The gRPC status of the call. */
  readonly status: StatusName;
  /**
   * What is known of the call: `not-sent` when nothing of it ran, `answered` when the peer ended it
   * with this status, else `unknown`. An action whose outcome is unknown may have run, or may still
   * be running: look before you do it again.
   */
  readonly outcome: Outcome;
  /** The RPC, such as `machine.MachineService/Version`. */
  readonly rpc: string;
  /** The node that the call was addressed to; absent when it was for whichever endpoint answers. */
  readonly node: string | undefined;
  /** The endpoint that carried the call, as `host:port`; absent when none was reached. */
  readonly endpoint: string | undefined;
  /**
   * The text of the peer as it came, without status, RPC and node. Its control characters are
   * escaped in `message`, but not here.
   */
  readonly reason: string;
  /** The decoded `google.rpc.Status` details that came with the error. */
  readonly details: readonly StatusDetail[];
  /** The trailers of the call. */
  readonly metadata: ReceivedMetadata;
  /** The probable cause and what to do, where that is known. */
  readonly hint: string | undefined;
  /**
   * The fingerprint of the endpoint's key, when the endpoint was not trusted.
   * `maintenance({ fingerprints })` takes it. Nothing was sent to the endpoint. With several
   * endpoints, the `errors` of `cause` have one each.
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
 * Whether the same call may succeed later: the endpoint was not reachable, the node is short of
 * something, or two changes collided. It does not say whether a repeat is safe: an action may have
 * run although its reply was lost. See `outcome` of the error.
 *
 * It is false where only a change of certificates or addresses helps, although the status is
 * `unavailable` there too, as in the official client. It is also false for a message that is larger
 * than the limit.
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
