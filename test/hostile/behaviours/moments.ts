import { goaway, grpcData, grpcHead, reset } from '../../support/raw-http2.js';
import {
  answers,
  answersAndEnds,
  type Behaviour,
  broken,
  gone,
  hello,
  maybeUnsent,
  note,
  nothing,
  silent,
} from './behaviour.js';

/** What has been sent of a good answer when things go wrong. */
const moments: readonly [name: string, sent: (stream: number) => readonly Buffer[]][] = [
  ['before the headers', () => []],
  ['after the headers', (stream) => [grpcHead(stream)]],
  [
    'in the middle of a reply',
    (stream) => [grpcHead(stream), grpcData(stream, note.subarray(0, 6))],
  ],
  ['after a reply', (stream) => [grpcHead(stream), grpcData(stream, note)]],
];

/** Nothing more comes. */
export const silence: readonly Behaviour[] = [
  {
    name: 'silence instead of SETTINGS',
    server: { hello: nothing },
    ends: silent,
    outcomes: ['not-sent'],
  },
  { name: 'silence after SETTINGS', server: { hello }, ends: silent },
  ...moments.slice(1).map(([moment, sent]) => ({
    name: `silence ${moment}`,
    server: answers(sent),
    ends: silent,
  })),
];

/** The connection ends. */
export const ends: readonly Behaviour[] = moments.map(([moment, sent]) => ({
  name: `the end of the connection ${moment}`,
  server: answersAndEnds(sent),
  ends: gone,
}));

const resetCodes: readonly [name: string, code: number, ends: readonly string[]][] = [
  ['NO_ERROR', 0, ['internal', 'unknown']],
  ['PROTOCOL_ERROR', 1, ['internal']],
  ['INTERNAL_ERROR', 2, ['internal']],
  ['FLOW_CONTROL_ERROR', 3, ['internal']],
  ['SETTINGS_TIMEOUT', 4, ['internal']],
  ['STREAM_CLOSED', 5, ['internal']],
  ['FRAME_SIZE_ERROR', 6, ['internal']],
  ['REFUSED_STREAM', 7, ['unavailable']],
  ['CANCEL', 8, ['cancelled']],
  ['COMPRESSION_ERROR', 9, ['internal']],
  ['CONNECT_ERROR', 10, ['internal']],
  ['ENHANCE_YOUR_CALM', 11, ['unavailable']],
  ['INADEQUATE_SECURITY', 12, ['permission-denied']],
  ['HTTP_1_1_REQUIRED', 13, ['internal']],
  ['a code nobody knows', 0xdead, ['internal']],
];

/** The stream is reset, with each code at each moment. */
export const resets: readonly Behaviour[] = resetCodes.flatMap(([name, code, ends]) =>
  moments.map(([moment, sent]) => ({
    name: `RST_STREAM with ${name} ${moment}`,
    server: answers((stream) => [...sent(stream), reset(stream, code)]),
    ends,
    ...(name === 'REFUSED_STREAM' && moment === 'before the headers'
      ? { outcomes: ['not-sent'] as const }
      : {}),
  })),
);

/** The server says goodbye, at each moment. */
export const goaways: readonly Behaviour[] = [
  {
    name: 'GOAWAY instead of SETTINGS',
    server: { hello: goaway(0, 0) },
    ends: [...gone, ...silent],
    outcomes: ['not-sent'],
  },
  {
    name: 'GOAWAY right after SETTINGS, and the end',
    server: { hello: Buffer.concat([hello, goaway(0, 0)]), request: (_, socket) => socket.end() },
    ends: gone,
    outcomes: maybeUnsent,
  },
  ...(
    [
      ['NO_ERROR', 0],
      ['INTERNAL_ERROR', 2],
      ['ENHANCE_YOUR_CALM', 11],
    ] as const
  ).flatMap(([name, code]) => [
    {
      name: `GOAWAY with ${name} that leaves the call out, and the end`,
      server: answersAndEnds(() => [goaway(0, code)]),
      ends: gone,
      outcomes: maybeUnsent,
    },
    ...moments.map(([moment, sent]) => ({
      name: `GOAWAY with ${name} ${moment}, and the end`,
      server: answersAndEnds((stream) => [...sent(stream), goaway(stream, code)]),
      ends: broken,
    })),
    {
      name: `GOAWAY with ${name} after a reply, and silence`,
      server: answers((stream) => [grpcHead(stream), grpcData(stream, note), goaway(stream, code)]),
      ends: [...silent, ...broken],
    },
  ]),
];
