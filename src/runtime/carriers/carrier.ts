import type { Endpoint } from '../dial/endpoint.js';
import type { MetadataInit, ReceivedMetadata } from '../metadata.js';

/**
 * Brings messages to endpoints and back: streams with headers, messages and trailers over
 * connections. Knows neither calls nor methods, statuses, nodes or codecs: `calls/` does, above it.
 */
export interface Carrier {
  /** Starts one attempt to connect, and tells `owner` how it ends. Never connects again by itself. */
  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection;
}

/** Is told how the attempt to connect ended, and what becomes of the connection. */
export interface ConnectionOwner {
  /** It takes streams: the attempt succeeded, or a doubt is dispelled. */
  connected(connection: Connection): void;
  /** There is no connection; `error` says why, best a `ConnectionError`. */
  failed(connection: Connection, error: Error): void;
  /** An answer came on a stream, the first one. */
  proved(connection: Connection): void;
  /** It takes no streams until it has shown whether the peer is still there. */
  doubted(connection: Connection): void;
  /**
   * Takes no more streams, though those that are open may still end well. `error` says how it broke,
   * if it did.
   */
  lost(connection: Connection, error: Error | undefined): void;
  /** All is closed. */
  gone(connection: Connection): void;
}

/** One connection to an endpoint. */
export interface Connection {
  readonly endpoint: Endpoint;
  /** How far the attempt to connect has come, for people. */
  readonly progress: string;
  /** How many bytes have come from the peer, whatever they were. */
  readonly bytesRead: number;
  /** Opens a stream and sends its headers. Throws when they cannot travel. */
  open(headers: RequestHeaders, sink: StreamSink): CarrierStream;
  /** Takes no more streams. Those that are open go on. */
  retire(): void;
  /** Ends the connection; its streams must have been ended before. Resolves when all is closed. */
  close(): Promise<void>;
}

/** What a stream begins with. */
export interface RequestHeaders {
  /** The HTTP/2 path, such as `/machine.MachineService/Version`. */
  readonly path: string;
  /**
   * Metadata, checked. The same object comes again with streams of the same target, so that a
   * carrier may keep what it made of it.
   */
  readonly metadata: MetadataInit;
  /** Metadata of this stream alone, checked; replaces values of `metadata` under the same name. */
  readonly more: MetadataInit | undefined;
  /** Milliseconds the peer has, as `grpc-timeout` tells it; absent for no limit. */
  readonly timeoutMs: number | undefined;
  /** Whether more than one message may be sent. */
  readonly uploads: boolean;
  /** Whether more than one message may come, which then keep their order before the end. */
  readonly streams: boolean;
}

/** This side's hold on an open stream. After `reset`, and after the end, all calls do nothing. */
export interface CarrierStream {
  /**
   * Whether anything of it may have left this side. True where the carrier does not know: a call
   * that was not sent is made again, also one that acts.
   */
  readonly sent: boolean;
  /** Asks for one more message; each has to be asked for, and holds the peer back until then. */
  read(): void;
  /**
   * Sends a message.
   *
   * @param written is told when the carrier has done with `message` and takes another
   */
  write(message: Uint8Array, written?: () => void): void;
  /** Says that no more messages come. */
  end(): void;
  /**
   * Asks the peer whether the connection is still there, after a stream that heard nothing at all.
   * One that stays silent takes no more streams.
   */
  doubt(): void;
  /** Breaks the stream off, in both directions: RST_STREAM (CANCEL) alone. The sink hears no more. */
  reset(): void;
}

/** Takes what comes on a stream. */
export interface StreamSink {
  /** The peer's headers, which come at most once; not where the peer sent trailers alone. */
  onHeaders(headers: ReceivedFields): void;
  /** One message, which was asked for. The bytes stay as they are. */
  onMessage(message: Uint8Array): void;
  /** How the stream ended. Comes once, after all messages that came before, and nothing after it. */
  onEnd(end: StreamEnd): void;
}

/** Headers or trailers, read when somebody asks. */
export interface ReceivedFields {
  /** The first value under a name, bytes for a name that ends in `-bin`. */
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
  /** Nothing of it was looked at: it never left, or the peer said that it was above the last stream. */
  | { readonly kind: 'unsent'; readonly error: Error | undefined }
  /** The connection ended before the stream did. */
  | { readonly kind: 'lost'; readonly error: Error | undefined }
  /** A message is larger than this side takes; `bytes` is what a reply announced. */
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
  /** The number in `grpc-status`; absent when there is none, NaN when it is no number. */
  readonly status: number | undefined;
  /** The text in `grpc-message`, decoded. */
  readonly message: string;
  /** The HTTP status, where there was no `grpc-status`. */
  readonly http: number | undefined;
  /** Whether the data ended within a message. */
  readonly cutShort: boolean;
  readonly fields: ReceivedFields;
}

/** The codes of HTTP/2 that mean something for calls (RFC 9113, section 7). */
export const resetCodes = {
  noError: 0,
  refusedStream: 7,
  cancel: 8,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
} as const;
