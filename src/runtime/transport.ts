import type { Init } from './codec.js';
import type { ClientCertificate } from './credentials/client-certificate.js';
import type { Credentials } from './credentials/credentials.js';
import type { MetadataInit, ReceivedMetadata } from './metadata.js';
import type { Method, MethodKind } from './method.js';
import type { ObservedClient } from './observed-client.js';
import type { RetryPolicy } from './retry-options.js';
import type { TalosStream } from './stream.js';

/** One call as a transport sees it: plain data, which a wrapper may copy with changes. */
export interface TransportCall<
  Kind extends MethodKind = MethodKind,
  Request = unknown,
  Reply = unknown,
> {
  readonly method: Method<Kind, Request, Reply>;
  /** The node that the call is addressed to; `metadata` already holds its header. */
  readonly node: string | undefined;
  /** All metadata to send. Calls to the same target may bring the same object. */
  readonly metadata: MetadataInit;
  /** The signals that end the call: that of the caller, and that of its fan-out. */
  readonly signals: readonly AbortSignal[];
  /** Milliseconds until `deadline-exceeded`; absent for no deadline. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds that a stream may stay silent before it ends with `deadline-exceeded`. */
  readonly idleTimeoutMs: number | undefined;
  readonly onHeaders: ((headers: ReceivedMetadata) => void) | undefined;
  readonly onTrailers: ((trailers: ReceivedMetadata) => void) | undefined;
  /** For how long the call is made again after it failed; absent for the defaults. */
  readonly retry?: RetryPolicy | undefined;
  /** The caller says that a repeat on the same node does no harm, whatever the method says. */
  readonly idempotent?: boolean | undefined;
}

/**
 * What a caller sends in a call with many requests: an iterable, or a function that gives one for
 * each attempt. What comes from an iterable is never sent again, since it was read.
 */
export type Requests<Request> =
  | AsyncIterable<Init<Request>>
  | Iterable<Init<Request>>
  | (() => AsyncIterable<Init<Request>> | Iterable<Init<Request>>);

/**
 * Makes calls. The library has a transport over grpc-js, and the testkit has one in memory. To add
 * retries, logging or tracing, make one transport of another with `wrapTransport`.
 *
 * A transport encodes requests with `encodeRequest(call, request)` and decodes replies with
 * `decodeReply(call, bytes)`. It fails with the errors of this library. If one of `call.signals`
 * ended the call, it fails with the reason of that signal.
 */
export interface Transport {
  /** The endpoints that calls go to, as `host:port`. */
  readonly endpoints: readonly string[];
  /**
   * The client certificate of the calls, for `talos.certificate`; absent when there is none. It may
   * change while the transport is in use.
   */
  readonly certificate?: ClientCertificate | undefined;
  /**
   * Whether all calls go to one machine in maintenance, which passes nothing on. Absent where a
   * transport cannot know.
   */
  readonly maintenance?: boolean | undefined;
  /**
   * The client, as the messages of `talos-client/diagnostics` have it. Absent where a transport tells
   * nothing there.
   */
  readonly observed?: ObservedClient | undefined;
  /** Makes a call with one request and one reply. */
  unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply>;
  /**
   * Makes a call with many requests and one reply. Resolves when the node has answered, even if
   * that is before the last request.
   */
  clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: Requests<Request>,
  ): Promise<Reply>;
  /**
   * Makes a call with one request or many, and many replies. Nothing is sent before the first reply
   * is asked for.
   */
  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: Requests<Request>,
  ): TalosStream<Reply>;
  /**
   * Another transport over the same kind of carrier, with its own connections: to the same
   * endpoints with the same credentials, unless `changes` says otherwise. Close it separately.
   * Absent where a transport cannot have siblings.
   */
  sibling?(changes?: SiblingOptions): Transport;
  /**
   * Asks again for endpoints and credentials. Absent where they never change.
   */
  reload?(): Promise<void>;
  /** Ends all open calls with `TalosClosedError` and frees the connections. */
  close(): void | Promise<void>;
}

/** What is different in a sibling of a transport or of a client. */
export interface SiblingOptions {
  /** The endpoints of the sibling. Default: the same. */
  readonly endpoints?: readonly string[] | undefined;
  /** The credentials of the sibling. Default: the same. */
  readonly credentials?: Credentials | undefined;
}

/** A call of any method, for where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
export type AnyCall = TransportCall<MethodKind, any, any>;
