import type { Outcome } from '../../../src/runtime/errors/outcome.js';
import { frame } from '../../support/bare-servers.js';
import {
  flags,
  grpcData,
  grpcHead,
  grpcTail,
  h2,
  headerBlock,
  types,
} from '../../support/raw-http2.js';
import { answers, type Behaviour, broken, note, nothing, silent } from './behaviour.js';

/** The peer's status is known if it is looked at; HTTP/2 or gRPC may be found to be broken first. */
const answered: readonly Outcome[] = ['answered', 'unknown'];

/** Answers that HTTP/2 allows and gRPC does not. */
export const badAnswers: readonly Behaviour[] = [
  ['headers twice', (stream: number) => [grpcHead(stream), grpcHead(stream)], broken],
  [
    'a second answer after the end',
    (stream: number) => [grpcHead(stream), grpcTail(stream, '5'), grpcHead(stream)],
    ['not-found', ...broken],
    answered,
  ],
  [
    'trailers that do not end the stream',
    (stream: number) => [
      grpcHead(stream),
      grpcData(stream, note),
      h2(types.headers, flags.endHeaders, stream, headerBlock(['grpc-status', '5'])),
    ],
    broken,
  ],
  [
    'trailers with a status of the connection',
    (stream: number) => [
      grpcHead(stream),
      h2(
        types.headers,
        flags.endHeaders | flags.endStream,
        stream,
        headerBlock([':status', '200'], ['grpc-status', '0']),
      ),
    ],
    broken,
  ],
  [
    'an end without trailers',
    (stream: number) => [grpcHead(stream), h2(types.data, flags.endStream, stream, note)],
    ['internal', 'unknown'],
  ],
  [
    'an interim response and nothing else',
    (stream: number) => [
      h2(types.headers, flags.endHeaders, stream, headerBlock([':status', '100'])),
    ],
    silent,
  ],
  [
    'status 99',
    (stream: number) => [grpcHead(stream), grpcTail(stream, '99')],
    ['unknown'],
    ['answered'],
  ],
  [
    'a status with blanks',
    (stream: number) => [grpcHead(stream), grpcTail(stream, ' 5 ')],
    ['not-found', 'unknown', ...broken],
    answered,
  ],
  [
    'a status of a thousand digits',
    (stream: number) => [grpcHead(stream), grpcTail(stream, '1'.repeat(1000))],
    ['unknown'],
    ['answered'],
  ],
  [
    'a flag of compression that nobody knows',
    (stream: number) => [
      grpcHead(stream),
      grpcData(stream, frame(Buffer.from([1]), { compressed: 0x80 })),
      grpcTail(stream, '5'),
    ],
    ['internal', 'protocol', 'not-found'],
    answered,
  ],
  [
    'a reply of no length that is compressed',
    (stream: number) => [
      grpcHead(stream),
      grpcData(stream, frame(nothing, { compressed: 1 })),
      grpcTail(stream, '0'),
    ],
    ['internal', 'protocol'],
  ],
  [
    'a reply that says to have 4 GiB',
    (stream: number) => [
      grpcHead(stream),
      grpcData(stream, frame(nothing, { length: 0xffff_ffff })),
    ],
    ['resource-exhausted'],
  ],
  [
    'a reply that says to have 32 MiB and has none',
    (stream: number) => [
      grpcHead(stream),
      grpcData(stream, frame(nothing, { length: 33_554_432 })),
    ],
    silent,
  ],
].map(([name, bytes, ends, outcomes]) => ({
  name: `${name}`,
  server: answers(bytes as (stream: number) => readonly Buffer[]),
  ends: ends as readonly string[],
  ...(outcomes === undefined ? {} : { outcomes: outcomes as readonly Outcome[] }),
}));
