import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { addAbortSignal } from 'node:stream';
import type { experimental } from '@grpc/grpc-js';

/** A call of grpc-js. */
export type GrpcCall = experimental.CallStream;

/** grpc-js' call on one connection: the parts used here. All of them are private to grpc-js. */
export interface Http2Call {
  /** Whether all data of the stream was read. */
  readonly readsClosed: boolean;
  /** Replies that were read from the stream, but not asked for yet. */
  readonly unpushedReadMessages: readonly unknown[];
  /** Whether a reply is about to be delivered. */
  readonly isPushPending: boolean;
  readonly http2Stream: ClientHttp2Stream;
  /** Cuts the data into replies; 0 between two of them. */
  readonly decoder?: { readonly readState?: unknown };
  handleTrailers(headers: IncomingHttpHeaders): void;
  endCall(status: unknown): void;
  cancelWithStatus(code: number, details: string): void;
}

/** The layers of a call for names, retries and balancing: the parts used here. */
interface Layers {
  readonly child?: {
    readonly committedCallIndex?: number | null;
    readonly underlyingCalls?: readonly { readonly call?: { readonly child?: unknown } }[];
  } | null;
}

/**
 * The call on the connection, below its layers. Absent before the call has its stream, and where
 * grpc-js is not built as expected.
 */
export function http2Call(call: GrpcCall): Http2Call | undefined {
  const retrying = (call as unknown as Layers).child;
  const calls = retrying?.underlyingCalls;
  const inner = calls?.[retrying?.committedCallIndex ?? calls.length - 1]?.call?.child as
    | Partial<Http2Call>
    | null
    | undefined;
  const known =
    typeof inner?.readsClosed === 'boolean' &&
    typeof inner.isPushPending === 'boolean' &&
    Array.isArray(inner.unpushedReadMessages) &&
    typeof inner.http2Stream?.once === 'function' &&
    typeof inner.handleTrailers === 'function' &&
    typeof inner.endCall === 'function' &&
    typeof inner.cancelWithStatus === 'function';
  return known ? (inner as Http2Call) : undefined;
}

/**
 * Whether the call got as far as its stream, so that something may have left this side. True where
 * grpc-js is not built as expected.
 */
export function hasStream(call: GrpcCall): boolean {
  const { child } = call as unknown as Layers;
  if (child === undefined) return true;
  if (child === null) return false;
  const { underlyingCalls } = child;
  return (
    !Array.isArray(underlyingCalls) || underlyingCalls.some(({ call }) => call?.child !== null)
  );
}

/** Node's HTTP/2 session that carries the call. */
export function sessionOf(call: GrpcCall): ClientHttp2Session | undefined {
  return http2Call(call)?.http2Stream.session as ClientHttp2Session | undefined;
}

/**
 * Breaks off the requests of a call if not all are sent. Cancel the call right after it.
 *
 * grpc-js cancels with `close()` of the HTTP/2 stream. Node then ends the stream first: the peer
 * gets END_STREAM before RST_STREAM. To a node this looks like a complete upload: EtcdRecover would
 * keep half a snapshot, and Bootstrap would use it. Destroying the stream with an AbortError sends
 * RST_STREAM (CANCEL) alone.
 */
export function breakOff({ http2Stream }: Http2Call): void {
  if (http2Stream.writableEnded || http2Stream.destroyed) return;
  const controller = new AbortController();
  addAbortSignal(controller.signal, http2Stream);
  controller.abort();
}
