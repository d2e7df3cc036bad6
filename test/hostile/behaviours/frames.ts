import {
  flags,
  grpcData,
  grpcHead,
  h2,
  headerBlock,
  reset,
  types,
  uint32,
} from '../../support/raw-http2.js';
import { answersAndEnds, type Behaviour, broken, note, nothing, stalled } from './behaviour.js';

/** Frames that break the rules of HTTP/2, as the answer to a call or before it. */
export const badFrames: readonly Behaviour[] = [
  ['DATA before the headers', (stream: number) => [grpcData(stream, note)]],
  ['DATA on a stream that nobody opened', () => [grpcData(4711, note)]],
  ['DATA on stream 0', () => [grpcData(0, note)]],
  ['HEADERS on stream 0', () => [grpcHead(0)]],
  ['HEADERS of a stream the server opens', () => [grpcHead(2)]],
  [
    'HEADERS that are no HPACK',
    (stream: number) => [h2(types.headers, flags.endHeaders, stream, Buffer.alloc(40, 0xff))],
  ],
  [
    'HEADERS with an entry of a table that is empty',
    (stream: number) => [h2(types.headers, flags.endHeaders, stream, Buffer.from([0xfe]))],
  ],
  [
    'HEADERS padded by more than they hold',
    (stream: number) => [
      h2(types.headers, flags.endHeaders | flags.padded, stream, Buffer.from([200, 0x88])),
    ],
  ],
  [
    'HEADERS without a status',
    (stream: number) => [
      h2(
        types.headers,
        flags.endHeaders,
        stream,
        headerBlock(['content-type', 'application/grpc']),
      ),
    ],
  ],
  [
    'HEADERS with upper-case names',
    (stream: number) => [
      h2(
        types.headers,
        flags.endHeaders,
        stream,
        headerBlock([':status', '200'], ['Content-Type', 'application/grpc']),
      ),
    ],
  ],
  [
    'HEADERS with an unknown pseudo-header',
    (stream: number) => [
      h2(types.headers, flags.endHeaders, stream, headerBlock([':status', '200'], [':odd', 'x'])),
    ],
  ],
  [
    'CONTINUATION of nothing',
    (stream: number) => [h2(types.continuation, flags.endHeaders, stream, Buffer.from([0x88]))],
  ],
  [
    'HEADERS that another frame interrupts',
    (stream: number) => [
      grpcHead(stream, flags.none),
      h2(types.ping, flags.none, 0, Buffer.alloc(8)),
    ],
  ],
  ['SETTINGS of five bytes', () => [h2(types.settings, flags.none, 0, Buffer.alloc(5))]],
  ['SETTINGS on a stream', (stream: number) => [h2(types.settings, flags.none, stream)]],
  [
    'SETTINGS with a window that is too large',
    () => [h2(types.settings, flags.none, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff]))],
  ],
  [
    'SETTINGS with a frame size below the least',
    () => [h2(types.settings, flags.none, 0, Buffer.from([0, 5, 0, 0, 0, 1]))],
  ],
  [
    'an acknowledgement of SETTINGS with content',
    () => [h2(types.settings, flags.ack, 0, Buffer.alloc(6))],
  ],
  ['PING of seven bytes', () => [h2(types.ping, flags.none, 0, Buffer.alloc(7))]],
  ['WINDOW_UPDATE by zero', (stream: number) => [h2(types.window, flags.none, stream, uint32(0))]],
  [
    'WINDOW_UPDATE past the largest window',
    () => [
      h2(types.window, flags.none, 0, uint32(0x7fff_ffff)),
      h2(types.window, flags.none, 0, uint32(0x7fff_ffff)),
    ],
  ],
  [
    'PUSH_PROMISE',
    (stream: number) => [
      h2(types.push, flags.endHeaders, stream, Buffer.concat([uint32(2), Buffer.from([0x82])])),
    ],
  ],
  [
    'RST_STREAM of three bytes',
    (stream: number) => [h2(types.reset, flags.none, stream, Buffer.alloc(3))],
  ],
  ['RST_STREAM of a stream that nobody opened', () => [reset(4711, 0)]],
  ['GOAWAY of three bytes', () => [h2(types.goaway, flags.none, 0, Buffer.alloc(3))]],
  [
    'a frame longer than agreed on',
    (stream: number) => [h2(types.data, flags.none, stream, Buffer.alloc(70_000))],
  ],
  [
    'a frame that says to have 16 MiB',
    (stream: number) => [h2(types.data, flags.none, stream, nothing, 0xff_ffff)],
  ],
].map(([name, bytes]) => ({
  name: `${name}`,
  server: answersAndEnds(bytes as (stream: number) => readonly Buffer[]),
  ends: [...broken, ...stalled],
}));
