import { anything, callback, record, signal } from './arguments/kinds.js';
import type { Shape } from './arguments/options.js';
import type { MetadataInit, ReceivedMetadata } from './metadata.js';

/** Options every RPC method accepts as its last argument. */
export interface CallOptions {
  /** Cancels the call. The promise or stream rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the call ends with `deadline-exceeded`, or `'none'`. Default for unary calls:
   * the client's, or that of an RPC which may work for longer, see its docstring; for streams: none.
   */
  readonly timeoutMs?: number | 'none' | undefined;
  /**
   * Milliseconds a stream may stay silent before it ends with `deadline-exceeded`. Default: none, and
   * then a stream that the node neither feeds nor ends waits for ever. An endpoint that hangs is also
   * noticed by `keepalive` of the client.
   */
  readonly idleTimeoutMs?: number | undefined;
  /** More metadata to send with this call; replaces values of the client's under the same name. */
  readonly metadata?: MetadataInit | undefined;
  /** Called with the node's headers, before the first reply. */
  readonly onHeaders?: ((headers: ReceivedMetadata) => void) | undefined;
  /** Called with the trailers when the node ends the call, also when it failed. */
  readonly onTrailers?: ((trailers: ReceivedMetadata) => void) | undefined;
}

/** Durations and metadata are looked at where they are used. */
export const callOptionsShape: Shape<CallOptions> = {
  signal,
  timeoutMs: anything,
  idleTimeoutMs: anything,
  metadata: record,
  onHeaders: callback,
  onTrailers: callback,
};
