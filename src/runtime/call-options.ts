import { anything, callback, record, signal } from './arguments/kinds.js';
import type { Shape } from './arguments/options.js';
import type { MetadataInit, ReceivedMetadata } from './metadata.js';

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
  /** Called with the node's headers, before the first reply. */
  readonly onHeaders?: ((headers: ReceivedMetadata) => void) | undefined;
  /** Called with the trailers when the node ends the call, also if the call failed. */
  readonly onTrailers?: ((trailers: ReceivedMetadata) => void) | undefined;
}

/** Durations and metadata are checked where they are used. */
export const callOptionsShape: Shape<CallOptions> = {
  signal,
  timeoutMs: anything,
  idleTimeoutMs: anything,
  metadata: record,
  onHeaders: callback,
  onTrailers: callback,
};
