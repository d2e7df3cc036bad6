import type { Init } from './codec.js';
import type { ClientCertificate } from './credentials/client-certificate.js';
import type { Credentials } from './credentials/credentials.js';
import type { MetadataInit, ReceivedMetadata } from './metadata.js';
import type { Method, MethodKind } from './method.js';
import type { TalosStream } from './stream.js';

/** One call, as a transport sees it: plain data, which a wrapper may copy with changes. */
export interface TransportCall<
  Kind extends MethodKind = MethodKind,
  Request = unknown,
  Reply = unknown,
> {
  readonly method: Method<Kind, Request, Reply>;
  /** The node the call is addressed to; its header is part of `metadata` already. */
  readonly node: string | undefined;
  /** All metadata to send. The same object comes again with calls to the same target. */
  readonly metadata: MetadataInit;
  /** The signals that end the call: the caller's, and that of the fan-out it is part of. */
  readonly signals: readonly AbortSignal[];
  /** Milliseconds until `deadline-exceeded`; absent for no deadline. */
  readonly timeoutMs: number | undefined;
  /** Milliseconds a stream may stay silent before it ends with `deadline-exceeded`. */
  readonly idleTimeoutMs: number | undefined;
  readonly onHeaders: ((headers: ReceivedMetadata) => void) | undefined;
  readonly onTrailers: ((trailers: ReceivedMetadata) => void) | undefined;
}

/**
 * Carries calls. The library brings one over grpc-js and the testkit one in memory; retries,
 * logging and tracing are functions from one transport to another, best made with `wrapTransport`.
 *
 * A transport encodes requests with `encodeRequest(call, request)`, decodes replies with
 * `decodeReply(call, bytes)`, and fails with the errors of this library, or with
 * the reason of the signal that ended the call, if one of `call.signals` did.
 */
export interface Transport {
  /** The endpoints calls go to, as `host:port`. */
  readonly endpoints: readonly string[];
  /**
   * The client certificate that calls are made with, for `talos.certificate`; absent when there is
   * none. May change while the transport is in use.
   */
  readonly certificate?: ClientCertificate | undefined;
  /** Makes a call with one request and one reply. */
  unary<Request, Reply>(
    call: TransportCall<'unary', Request, Reply>,
    request: Init<Request>,
  ): Promise<Reply>;
  /**
   * Makes a call with one reply to many requests. Resolves when the node has answered, also when
   * it answers before the last request.
   */
  clientStream<Request, Reply>(
    call: TransportCall<'client-stream', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): Promise<Reply>;
  /**
   * Makes a call with many replies, to one request or many. Lazy: nothing is sent before the
   * first reply is asked for.
   */
  stream<Request, Reply>(
    call: TransportCall<'server-stream' | 'duplex', Request, Reply>,
    requests: AsyncIterable<Init<Request>> | Iterable<Init<Request>>,
  ): TalosStream<Reply>;
  /**
   * A transport over the same kind of carrier, with fresh connections of its own: to the same
   * endpoints with the same credentials, unless `changes` says otherwise. It has to be closed by
   * itself. Absent where a transport cannot have one.
   */
  sibling?(changes?: SiblingOptions): Transport;
  /** Ends what is open with `TalosClosedError` and frees the connections. */
  close(): void | Promise<void>;
}

/** What a sibling of a transport, or of a client, does otherwise. */
export interface SiblingOptions {
  /** Where it connects, in place of the endpoints of the other. */
  readonly endpoints?: readonly string[] | undefined;
  /** Who it is, in place of the credentials of the other. */
  readonly credentials?: Credentials | undefined;
}

/** A call of any method, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the types of any method fit.
export type AnyCall = TransportCall<MethodKind, any, any>;
