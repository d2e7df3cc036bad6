import type { Outcome } from '../../../src/runtime/errors/outcome.js';
import { noteFrame } from '../../support/bare-servers.js';
import { carrier } from '../../support/carrier.js';
import {
  flags,
  grpcData,
  grpcHead,
  grpcTail,
  h2,
  type RawServer,
  settings,
  types,
} from '../../support/raw-http2.js';

/** One way a server behaves badly, and how calls to it may end. */
export interface Behaviour {
  readonly name: string;
  readonly server: RawServer;
  /**
   * The statuses a call may end with; `protocol` stands for a `TalosProtocolError`. A deadline
   * among them is the only one that a case may wait for.
   */
  readonly ends: readonly string[];
  /** What may be known of a call that acts. Default: nothing, `unknown`. */
  readonly outcomes?: readonly Outcome[];
}

/** Known where the protocol says so and the carrier passes it on. */
export const maybeUnsent: readonly Outcome[] = ['not-sent', 'unknown'];

export const hello = Buffer.concat([settings, h2(types.settings, flags.ack, 0)]);
export const note = noteFrame('a');
export const nothing = Buffer.alloc(0);

/** A server whose answer to each call is `bytes`; afterwards it says nothing more. */
export function answers(bytes: (stream: number) => readonly Buffer[]): RawServer {
  return { hello, request: (stream, socket) => socket.write(Buffer.concat(bytes(stream))) };
}

/** As `answers`, and closes the connection afterwards. */
export function answersAndEnds(bytes: (stream: number) => readonly Buffer[]): RawServer {
  return { hello, request: (stream, socket) => socket.end(Buffer.concat(bytes(stream))) };
}

/** The statuses that fit when a connection is lost. */
export const gone = ['unavailable'];
/** Those when the peer breaks the rules, which may cost the stream or the connection. */
export const broken = ['unavailable', 'internal'];
/** Those when nothing more comes. */
export const silent = ['deadline-exceeded'];
/**
 * Those when a peer breaks the rules, besides. Node, below grpc-js, says goodbye to it, and then as a
 * rule neither reads on nor closes the connection: the deadline it is.
 */
export const stalled = carrier === 'grpc-js' ? silent : [];

/** What a server does that answers well. */
export const good: RawServer = answers((stream) => [
  grpcHead(stream),
  grpcData(stream, note),
  grpcTail(stream),
]);
