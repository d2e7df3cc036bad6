import { constants, type ServerHttp2Stream } from 'node:http2';
import type { ByteHandler, Peer, ServerCall } from '../base/calls/context.js';
import { readMetadata, readTimeout, trailersOf } from '../base/calls/headers.js';
import {
  ConnectionLost,
  MessageCut,
  ServerStatus,
  StreamReset,
  toServerStatus,
} from '../base/calls/status.js';
import { callController, untilAborted } from '../base/time/abort.js';
import type { Clock } from '../base/time/clock.js';
import { cutFrame, frame, readFrames } from './frames.js';

/** Whose call it is, and what serves it. */
export interface Service {
  readonly handle: ByteHandler;
  readonly clock: Clock;
  /** The node whose port took the connection, by name. */
  readonly endpoint: string;
  readonly roles: readonly string[];
  readonly peer: Peer;
  /** Tears down the connection. */
  readonly drop: () => void;
}

/** Serves one HTTP/2 stream as a gRPC call. */
export async function serveStream(
  stream: ServerHttp2Stream,
  headers: NodeJS.Dict<string | string[]>,
  rawHeaders: readonly string[],
  service: Service,
): Promise<void> {
  // Late errors of a stream that is over: whoever caused them is gone.
  stream.on('error', () => {});
  if (!String(headers['content-type']).startsWith('application/grpc')) {
    stream.respond({ ':status': 415 }, { endStream: true });
    return;
  }
  const { clock } = service;
  const controller = callController();
  const timeoutMs = readTimeout(headers['grpc-timeout'] as string | undefined);
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.setTimer(timeoutMs, () =>
          controller.abort(new ServerStatus('deadline-exceeded', 'context deadline exceeded')),
        );
  stream.once('close', () => controller.abort(new ServerStatus('cancelled', 'context canceled')));
  const call: ServerCall = {
    path: String(headers[':path']),
    metadata: readMetadata(rawHeaders),
    authority: String(headers[':authority'] ?? 'unknown'),
    roles: service.roles,
    peer: service.peer,
    endpoint: service.endpoint,
    signal: controller.signal,
    deadline: timeoutMs === undefined ? undefined : clock.now() + timeoutMs,
  };
  try {
    await answer(stream, call, service);
  } finally {
    timer?.cancel();
  }
}

async function answer(
  stream: ServerHttp2Stream,
  call: ServerCall,
  { handle, drop }: Service,
): Promise<void> {
  const reply = new Reply(stream);
  try {
    // Node ends a stream in order when it is reset; while the answer is open, that was no end.
    const replies = handle(
      call,
      readFrames(stream, () => stream.closed || stream.destroyed),
    );
    for await (const message of untilAborted(replies, call.signal)) {
      await reply.write(frame(message));
    }
    reply.end(undefined);
  } catch (cause) {
    if (cause instanceof ConnectionLost) drop();
    else if (cause instanceof StreamReset) stream.close(constants[`NGHTTP2_${cause.code}`]);
    else if (cause instanceof MessageCut) {
      await reply.write(cutFrame(cause.bytes));
      reply.end(undefined);
    } else reply.end(toServerStatus(cause));
  }
}

/** What goes back on a stream. */
class Reply {
  readonly #stream: ServerHttp2Stream;
  #trailers: ReturnType<typeof trailersOf> = trailersOf(undefined);

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  /** Resolves when the caller takes more. */
  async write(bytes: Buffer): Promise<void> {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    if (!stream.headersSent) this.#begin();
    if (!stream.write(bytes)) await drained(stream);
  }

  end(status: ServerStatus | undefined): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    this.#trailers = trailersOf(status);
    if (stream.headersSent) {
      stream.end();
    } else if (status !== undefined) {
      // Nothing came before the failure: headers and trailers are one, as grpc-go sends them.
      stream.respond({ ...responseHeaders, ...this.#trailers }, { endStream: true });
    } else {
      this.#begin();
      stream.end();
    }
    // What the caller still sends has nobody to read it.
    stream.resume();
  }

  #begin(): void {
    const stream = this.#stream;
    stream.respond(responseHeaders, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers(this.#trailers));
  }
}

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc' } as const;

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.removeListener('drain', done);
      stream.removeListener('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
