import { anything, callback, flag, record, signal } from './arguments/kinds.js';
import type { Shape } from './arguments/options.js';
import type { MetadataInit, ReceivedMetadata } from './metadata.js';
import type { RetryOptions } from './retry-options.js';

/** Options that every RPC method takes as its last argument. */
export interface CallOptions {
  /** Cancels the call. The promise or stream rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call ends with `deadline-exceeded`, or `'none'`. Default for unary
   * calls: that of the client; RPCs that may take longer have their own, see their docstrings.
   * Default for streams: none.
   */
  readonly timeoutMs?: number | 'none' | undefined;
  /**
   * Milliseconds that a stream may stay silent before it ends with `deadline-exceeded`. Default:
   * none; then a stream waits for ever if the node neither sends anything nor ends it. The client's
   * `keepalive` also notices an endpoint that hangs.
   */
  readonly idleTimeoutMs?: number | undefined;
  /** More metadata to send with this call; replaces the client's metadata of the same name. */
  readonly metadata?: MetadataInit | undefined;
  /**
   * For how long the call is made again after it failed, where that is safe; `false` for not at all.
   * What it leaves out is as in the options of the client.
   */
  readonly retry?: false | RetryOptions | undefined;
  /**
   * Says that the call does no harm when the same node runs it twice, because of what this request
   * says. Then a call that acts is made again as one that is `idempotent`: only to a named node.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Called with the node's headers, before the first reply; once more if the call is made again.
   */
  readonly onHeaders?: ((headers: ReceivedMetadata) => void) | undefined;
  /**
   * Called with the trailers when the node ends the call, also if the call failed; not with those of
   * attempts after which the call is made again.
   */
  readonly onTrailers?: ((trailers: ReceivedMetadata) => void) | undefined;
}

/** Durations and metadata are checked where they are used. */
export const callOptionsShape: Shape<CallOptions> = {
  signal,
  timeoutMs: anything,
  idleTimeoutMs: anything,
  metadata: record,
  retry: anything,
  idempotent: flag,
  onHeaders: callback,
  onTrailers: callback,
};
