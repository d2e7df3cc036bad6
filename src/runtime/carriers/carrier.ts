import type { Endpoint } from '../dial/endpoint.js';
import type { MetadataInit, ReceivedMetadata } from '../metadata.js';

/**
 * Carries messages to endpoints and back: streams with headers, messages and trailers, over
 * connections. It knows nothing of calls, methods, statuses, nodes or codecs; `calls/` does.
 */
export interface Carrier {
  /** Starts one attempt to connect, and tells `owner` how it ends. Never reconnects by itself. */
  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection;
}

/** Is told how the attempt to connect ended, and what happens to the connection later. */
export interface ConnectionOwner {
  /** It takes streams: the attempt succeeded, or the peer answered after a doubt. */
  connected(connection: Connection): void;
  /** There is no connection. `error` says why; a `ConnectionError` says it best. */
  failed(connection: Connection, error: Error): void;
  /** The first answer came on a stream. */
  proved(connection: Connection): void;
  /** It takes no streams until it is known whether the peer is still there. */
  doubted(connection: Connection): void;
  /**
   * It takes no more streams, but those that are open may still end well. `error` says how the
   * connection broke, if it did.
   */
  lost(connection: Connection, error: Error | undefined): void;
  /** Everything of it is closed. */
  gone(connection: Connection): void;
}

/** One connection to an endpoint. */
export interface Connection {
  readonly endpoint: Endpoint;
  /** How far the attempt to connect has come, in words for messages. */
  readonly progress: string;
  /** How many bytes have come from the peer, of any kind. */
  readonly bytesRead: number;
  /** Opens a stream and sends its headers. Throws when they cannot travel. */
  open(headers: RequestHeaders, sink: StreamSink): CarrierStream;
  /** Takes no more streams. Open streams go on. */
  retire(): void;
  /**
   * Ends the connection; its streams must have ended before. Resolves when everything is closed.
   */
  close(): Promise<void>;
}

/** What a stream begins with. */
export interface RequestHeaders {
  /** The HTTP/2 path, such as `/machine.MachineService/Version`. */
  readonly path: string;
  /**
   * Checked metadata. All streams of a target bring the same object, so that a carrier may keep
   * what it made of it.
   */
  readonly metadata: MetadataInit;
  /** Checked metadata of this stream alone; replaces values of `metadata` with the same name. */
  readonly more: MetadataInit | undefined;
  /** Milliseconds that the peer has, for `grpc-timeout`; absent for no limit. */
  readonly timeoutMs: number | undefined;
  /** Whether more than one message may be sent. */
  readonly uploads: boolean;
  /** Whether more than one message may come, which then keep their order before the end. */
  readonly streams: boolean;
}

/** This side's hold on an open stream. After `reset`, and after the end, all calls do nothing. */
export interface CarrierStream {
  /**
   * Whether any part of it may have left this side. True where the carrier does not know: a call
   * that was not sent may be made again, even if it acts.
   */
  readonly sent: boolean;
  /**
   * Asks for one more message. Each message has to be asked for; until then the peer is held back.
   */
  read(): void;
  /**
   * Sends a message.
   *
   * @param written is called when the carrier no longer needs `message` and takes another one
   */
  write(message: Uint8Array, written?: () => void): void;
  /** Says that no more messages come. */
  end(): void;
  /**
   * Asks the peer whether it is still there, after a stream on which nothing came. If no answer
   * comes, the connection takes no more streams.
   */
  doubt(): void;
  /** Cancels the stream in both directions: RST_STREAM (CANCEL) alone. The sink is told no more. */
  reset(): void;
}

/** Takes what comes on a stream. */
export interface StreamSink {
  /** The peer's headers. Called at most once, and not at all when the peer sent only trailers. */
  onHeaders(headers: ReceivedFields): void;
  /** One message that was asked for. Nobody changes its bytes later. */
  onMessage(message: Uint8Array): void;
  /** How the stream ended. Called once, after all messages; nothing is called after it. */
  onEnd(end: StreamEnd): void;
}

/** Headers or trailers, read on demand. */
export interface ReceivedFields {
  /** The first value of a name; bytes if the name ends in `-bin`. */
  first(name: string): string | Uint8Array | undefined;
  all(): ReceivedMetadata;
}

/** How a stream ended, as far as it is known for certain. */
export type StreamEnd =
  | Trailers
  /** The peer ended the stream without trailers. */
  | { readonly kind: 'no-trailers' }
  /** The peer reset the stream with a code of HTTP/2. */
  | { readonly kind: 'reset'; readonly code: number }
  /**
   * The peer looked at no part of it: it never left, or GOAWAY named an earlier stream as the last.
   */
  | { readonly kind: 'unsent'; readonly error: Error | undefined }
  /** The connection ended before the stream did. */
  | { readonly kind: 'lost'; readonly error: Error | undefined }
  /** A message is larger than this side allows; `bytes` is the size that a reply announced. */
  | {
      readonly kind: 'too-large';
      readonly message: 'request' | 'reply';
      readonly bytes: number | undefined;
      readonly limit: number;
    }
  /** The peer, or the carrier, broke a rule, and the carrier reset the stream. */
  | { readonly kind: 'violation'; readonly reason: string };

/** The peer's own end of a stream. */
export interface Trailers {
  readonly kind: 'trailers';
  /** The number in `grpc-status`; absent when there is none, NaN when it is not a number. */
  readonly status: number | undefined;
  /** The text in `grpc-message`, decoded. */
  readonly message: string;
  /** The HTTP status, if there was no `grpc-status`. */
  readonly http: number | undefined;
  /** Whether the data ended within a message. */
  readonly cutShort: boolean;
  readonly fields: ReceivedFields;
}

/** The codes of HTTP/2 that matter for calls (RFC 9113, section 7). */
export const resetCodes = {
  noError: 0,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
} as const;
