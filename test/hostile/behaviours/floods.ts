import type { Socket } from 'node:net';
import {
  flags,
  grpcData,
  grpcHead,
  h2,
  headerBlock,
  settings,
  types,
} from '../../support/raw-http2.js';
import { type Behaviour, broken, hello, nothing, stalled } from './behaviour.js';

/** Too much of what is allowed. */
export const floods: readonly Behaviour[] = [
  {
    name: 'headers without end',
    server: {
      hello,
      request: (stream, socket) =>
        flood(
          socket,
          grpcHead(stream, flags.none),
          h2(types.continuation, flags.none, stream, headerBlock(['x', 'y'.repeat(16_000)])),
        ),
    },
    ends: [...broken, ...stalled],
  },
  {
    name: 'headers without end and without content',
    server: {
      hello,
      request: (stream, socket) =>
        flood(
          socket,
          grpcHead(stream, flags.none),
          Buffer.concat(Array(1000).fill(h2(types.continuation, flags.none, stream))),
        ),
    },
    ends: [...broken, ...stalled],
  },
  {
    name: 'pings without end',
    server: {
      hello,
      request: (_, socket) =>
        flood(
          socket,
          nothing,
          Buffer.concat(Array(1000).fill(h2(types.ping, flags.none, 0, Buffer.alloc(8)))),
        ),
    },
    ends: [...broken, ...stalled],
  },
  {
    name: 'settings without end',
    server: {
      hello,
      request: (_, socket) => flood(socket, nothing, Buffer.concat(Array(1000).fill(settings))),
    },
    ends: [...broken, ...stalled],
  },
  {
    name: 'empty DATA without end',
    server: {
      hello,
      request: (stream, socket) =>
        flood(socket, grpcHead(stream), Buffer.concat(Array(1000).fill(grpcData(stream, nothing)))),
    },
    ends: [...broken, ...stalled],
  },
  {
    name: 'interim responses without end',
    server: {
      hello,
      request: (stream, socket) => {
        const interim = h2(
          types.headers,
          flags.endHeaders,
          stream,
          headerBlock([':status', '103']),
        );
        flood(socket, nothing, Buffer.concat(Array(1000).fill(interim)));
      },
    },
    ends: [...broken, ...stalled],
  },
];

/** Sends `first`, and then `more` for as long as there is somebody to take it. */
function flood(socket: Socket, first: Buffer, more: Buffer): void {
  socket.write(first);
  const next = (): void => {
    if (socket.destroyed) return;
    if (socket.write(more)) setImmediate(next);
    else socket.once('drain', next);
  };
  next();
}
