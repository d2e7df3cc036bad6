import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../../src/runtime/carriers/http2/frame-reader.js';
import type { Http2Error } from '../../../../src/runtime/carriers/http2/frames.js';
import { flags, h2, headerBlock, settings, types, uint32 } from '../../../support/raw-http2.js';

/** What a reader makes of chunks: its events as text, the parts of DATA joined. */
function read(...chunks: readonly Uint8Array[]): string[] {
  const events: string[] = [];
  let data = '';
  const hex = (bytes: Uint8Array, start: number, end: number) =>
    Buffer.from(bytes.subarray(start, end)).toString('hex');
  const reader = new FrameReader({
    onDataStart: (stream, endStream, length) => {
      data = `data ${stream} ${endStream} ${length} `;
    },
    onData: (bytes, start, end) => {
      data += hex(bytes, start, end);
    },
    onDataEnd: () => events.push(data),
    onHeaders: (stream, endStream, bytes, start, end) =>
      events.push(`headers ${stream} ${endStream} ${hex(bytes, start, end)}`),
    onFrame: (type, flag, stream, bytes, start, end) =>
      events.push(`${type} ${flag} ${stream} ${hex(bytes, start, end)}`),
  });
  try {
    for (const chunk of chunks) reader.read(chunk);
  } catch (error) {
    events.push(`error ${(error as Http2Error).code}: ${(error as Error).message}`);
  }
  return events;
}

const padded = (type: number, flag: number, stream: number, padding: number, payload: Buffer) =>
  h2(
    type,
    flag | flags.padded,
    stream,
    Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding, 7)]),
  );

const frame = fc.oneof(
  fc
    .tuple(fc.nat(40), fc.nat(5), fc.boolean())
    .map(([size, stream, end]) =>
      h2(types.data, end ? flags.endStream : 0, 2 * stream + 1, Buffer.alloc(size, size)),
    ),
  fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([size, padding]) => padded(types.data, 0, 1, padding, Buffer.alloc(size, size))),
  fc.nat(60).map((size) => h2(types.headers, flags.endHeaders, 3, Buffer.alloc(size, size))),
  fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([size, padding]) =>
      padded(types.headers, flags.endHeaders, 3, padding, Buffer.alloc(size, size)),
    ),
  fc
    .nat(3)
    .map((more) =>
      Buffer.concat([
        h2(types.headers, flags.endStream, 5, Buffer.alloc(7, 1)),
        ...Array.from({ length: more }, () => h2(types.continuation, 0, 5, Buffer.alloc(3, 2))),
        h2(types.continuation, flags.endHeaders, 5, Buffer.alloc(9, 3)),
      ]),
    ),
  fc.constantFrom(
    h2(types.ping, 0, 0, Buffer.alloc(8, 9)),
    h2(types.window, 0, 1, uint32(5)),
    h2(types.reset, 0, 1, uint32(8)),
    h2(types.goaway, 0, 0, Buffer.concat([uint32(1, 0), Buffer.from('why')])),
    h2(types.priority, 0, 77, Buffer.alloc(5)),
    h2(0xbe, 0xff, 12, Buffer.alloc(30, 4)),
    settings,
  ),
);

describe('frames', () => {
  it('are the same however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (frames, sizes) => {
          const bytes = Buffer.concat([settings, ...frames]);
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes[chunks.length] ?? 1;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(read(...chunks)).toEqual(read(bytes));
          expect(read(bytes).some((event) => event.startsWith('error'))).toBe(false);
        },
      ),
    );
  });

  it('that are padded come without their padding', () => {
    expect(read(settings, padded(types.data, 0, 1, 3, Buffer.from('abc'))).at(-1)).toBe(
      'data 1 false 7 616263',
    );
    expect(
      read(settings, padded(types.headers, flags.endHeaders, 1, 3, Buffer.from('abc'))).at(-1),
    ).toBe('headers 1 false 616263');
  });

  it('of headers come without their priority', () => {
    const priority = h2(types.headers, flags.endHeaders | 0x20, 1, Buffer.from('12345abc'));
    expect(read(settings, priority).at(-1)).toBe('headers 1 false 616263');
  });
});

const block = headerBlock([':status', '200']);

describe('a reader refuses', () => {
  it.each([
    [
      'a frame above 16384 bytes, before its payload',
      [settings, h2(0, 0, 1, Buffer.alloc(0), 16_385)],
      6,
    ],
    ['a first frame that is no SETTINGS', [h2(types.ping, 0, 0, Buffer.alloc(8))], 1],
    ['a first frame that acknowledges SETTINGS', [h2(types.settings, flags.ack, 0)], 1],
    ['HTTP/1.1', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], 1],
    ['DATA without a stream', [settings, h2(types.data, 0, 0)], 1],
    ['HEADERS without a stream', [settings, h2(types.headers, 4, 0, block)], 1],
    ['PRIORITY without a stream', [settings, h2(types.priority, 0, 0, Buffer.alloc(5))], 1],
    ['RST_STREAM without a stream', [settings, h2(types.reset, 0, 0, uint32(0))], 1],
    ['SETTINGS on a stream', [settings, h2(types.settings, 0, 1)], 1],
    ['PING on a stream', [settings, h2(types.ping, 0, 1, Buffer.alloc(8))], 1],
    ['GOAWAY on a stream', [settings, h2(types.goaway, 0, 1, Buffer.alloc(8))], 1],
    ['PUSH_PROMISE', [settings, h2(types.push, 4, 1, uint32(2))], 1],
    ['PRIORITY of 4 bytes', [settings, h2(types.priority, 0, 1, Buffer.alloc(4))], 6],
    ['RST_STREAM of 5 bytes', [settings, h2(types.reset, 0, 1, Buffer.alloc(5))], 6],
    ['WINDOW_UPDATE of 3 bytes', [settings, h2(types.window, 0, 1, Buffer.alloc(3))], 6],
    ['PING of 9 bytes', [settings, h2(types.ping, 0, 0, Buffer.alloc(9))], 6],
    ['GOAWAY of 7 bytes', [settings, h2(types.goaway, 0, 0, Buffer.alloc(7))], 6],
    ['SETTINGS of 7 bytes', [h2(types.settings, 0, 0, Buffer.alloc(7))], 6],
    ['an acknowledgement with content', [settings, h2(types.settings, 1, 0, Buffer.alloc(6))], 6],
    ['DATA padded by all it holds', [settings, h2(types.data, 8, 1, Buffer.from([2, 0]))], 1],
    ['padded DATA without a byte', [settings, h2(types.data, 8, 1)], 6],
    ['padded HEADERS without a byte', [settings, h2(types.headers, 12, 1)], 6],
    ['HEADERS padded by more than all', [settings, h2(types.headers, 12, 1, Buffer.from([1]))], 1],
    ['HEADERS too short for a priority', [settings, h2(1, 4 | 32, 1, Buffer.alloc(4))], 6],
    [
      'HEADERS whose padding is in their priority',
      [settings, h2(1, 4 | 32 | 8, 1, Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]))],
      1,
    ],
    ['CONTINUATION of nothing', [settings, h2(types.continuation, 4, 1, block)], 1],
    [
      'CONTINUATION of another stream',
      [settings, h2(types.headers, 0, 1, block), h2(types.continuation, 4, 3)],
      1,
    ],
    [
      'DATA in the middle of headers',
      [settings, h2(types.headers, 0, 1, block), h2(types.data, 0, 1)],
      1,
    ],
    [
      'an unknown frame in the middle of headers',
      [settings, h2(types.headers, 0, 1, block), h2(0xbe, 0, 0)],
      1,
    ],
    [
      'a ninth CONTINUATION, at its header',
      [
        settings,
        h2(types.headers, 0, 1, block),
        ...Array.from({ length: 8 }, () => h2(types.continuation, 0, 1)),
        h2(types.continuation, 0, 1, Buffer.alloc(0), 16_384),
      ],
      11,
    ],
    [
      'headers of more than 128 KiB',
      [
        settings,
        h2(types.headers, 0, 1, Buffer.alloc(16_384)),
        ...Array.from({ length: 8 }, () => h2(types.continuation, 0, 1, Buffer.alloc(16_384))),
      ],
      11,
    ],
  ] as const)('%s', (_, frames, code) => {
    const bytes = Buffer.concat(frames);
    for (const chunks of [[bytes], Array.from(bytes.subarray(0, 300), (byte) => Buffer.of(byte))]) {
      if (chunks.length > 1 && bytes.length > 300) continue;
      expect(read(...chunks).at(-1)).toMatch(new RegExp(`^error ${code}: it `));
    }
  });

  it('nothing that HTTP/2 allows: GOAWAY first, eight CONTINUATION, empty ones', () => {
    expect(read(h2(types.goaway, 0, 0, Buffer.alloc(8)))).toHaveLength(1);
    const whole = read(
      settings,
      h2(types.headers, 0, 1, block),
      ...Array.from({ length: 7 }, () => h2(types.continuation, 0, 1)),
      h2(types.continuation, flags.endHeaders, 1),
    );
    expect(whole.at(-1)).toBe(`headers 1 false ${block.toString('hex')}`);
  });
});
