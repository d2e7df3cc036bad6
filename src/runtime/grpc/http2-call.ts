import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Wire } from './open-call.js';

/** grpc-js' call on one connection, as far as it is used here. */
export interface Http2Call {
  /** All data of the stream was taken from it. */
  readonly readsClosed: boolean;
  /** Replies that were taken from the stream, but not asked for yet. */
  readonly unpushedReadMessages: readonly unknown[];
  /** A reply is about to be handed over. */
  readonly isPushPending: boolean;
  readonly http2Stream: ClientHttp2Stream;
  /** Cuts the data into replies; 0 between two of them. */
  readonly decoder?: { readonly readState?: unknown };
  handleTrailers(headers: IncomingHttpHeaders): void;
  endCall(status: unknown): void;
  cancelWithStatus(code: number, details: string): void;
}

/** The layers of grpc-js for retries and balancing. */
interface Retrying {
  readonly committedCallIndex?: number | null;
  readonly underlyingCalls?: readonly { readonly call?: { readonly child?: unknown } }[];
}

/** Finds the call on the connection below the layers for names, retries and balancing. */
export function http2Call(wire: Wire): Http2Call | undefined {
  const retrying = (wire as { readonly child?: Retrying | null }).child;
  const calls = retrying?.underlyingCalls;
  const call = calls?.[retrying?.committedCallIndex ?? calls.length - 1]?.call?.child as
    | Partial<Http2Call>
    | null
    | undefined;
  const known =
    typeof call?.readsClosed === 'boolean' &&
    typeof call.isPushPending === 'boolean' &&
    Array.isArray(call.unpushedReadMessages) &&
    typeof call.http2Stream?.once === 'function' &&
    typeof call.handleTrailers === 'function' &&
    typeof call.endCall === 'function' &&
    typeof call.cancelWithStatus === 'function';
  return known ? (call as Http2Call) : undefined;
}

/**
 * Whether anything of the call may have left this side. Where the layers do not look as expected, it
 * may have.
 */
export function mayHaveLeft(wire: Wire): boolean {
  const { child } = wire as { readonly child?: Retrying | null };
  if (child === null) return false;
  const calls = child?.underlyingCalls;
  return !Array.isArray(calls) || calls.some(({ call }) => call?.child !== null);
}

/** The connection that carries the call, as Node has it. */
export function sessionOf(wire: Wire): ClientHttp2Session | undefined {
  return http2Call(wire)?.http2Stream.session as ClientHttp2Session | undefined;
}
