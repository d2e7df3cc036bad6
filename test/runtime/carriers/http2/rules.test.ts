import { describe, expect, it } from 'vitest';
import { noteFrame } from '../../../support/bare-servers.js';
import { TestPeer } from '../../../support/http2-peer.js';
import {
  flags,
  goaway,
  grpcData,
  grpcHead,
  grpcTail,
  h2,
  headerBlock,
  reset,
  settings,
  types,
  uint32,
} from '../../../support/raw-http2.js';

const note = noteFrame('a');
const setting = (id: number, value: number) =>
  h2(types.settings, 0, 0, Buffer.concat([Buffer.from([0, id]), uint32(value)]));
const head = (...fields: (readonly [string, string])[]) =>
  h2(types.headers, flags.endHeaders, 1, headerBlock(...fields));
const tail = (...fields: (readonly [string, string])[]) =>
  h2(types.headers, flags.endHeaders | flags.endStream, 1, headerBlock(...fields));
const ok = [':status', '200'] as const;

describe('a peer that breaks the rules of the connection is told why, and every call ends', () => {
  it.each([
    ['DATA on a stream that nobody opened', [grpcData(3, note)], 1],
    ['DATA on a stream of its own', [grpcData(2, note)], 1],
    ['HEADERS on a stream that nobody opened', [grpcHead(5)], 1],
    ['HEADERS on a stream of its own', [grpcHead(2)], 1],
    ['RST_STREAM of a stream that nobody opened', [reset(3, 8)], 1],
    ['WINDOW_UPDATE of a stream that nobody opened', [h2(types.window, 0, 3, uint32(1))], 1],
    ['PUSH_PROMISE', [h2(types.push, 4, 1, uint32(2))], 1],
    ['a broken header block', [h2(types.headers, 4, 1, Buffer.alloc(40, 0xff))], 9],
    ['an index past the table', [h2(types.headers, 4, 1, Buffer.from([0xfe]))], 9],
    [
      'a table above what was offered',
      [h2(types.headers, 4, 1, Buffer.from([0x3f, 0xe2, 0x1f]))],
      9,
    ],
    [
      'three changes of the table',
      [h2(types.headers, 4, 1, Buffer.from([0x20, 0x21, 0x20, 0x88]))],
      9,
    ],
    [
      'a broken header block for a call that is over',
      [grpcHead(1), grpcTail(1), h2(types.headers, 4, 1, Buffer.from([0xfe]))],
      9,
    ],
    ['WINDOW_UPDATE by nothing', [h2(types.window, 0, 0, uint32(0))], 1],
    ['a window past the largest', [h2(types.window, 0, 0, uint32(0x7fff_ffff))], 3],
    ['a first window past the largest', [setting(4, 0x8000_0000)], 3],
    [
      'a first window that makes one too large',
      [h2(types.window, 0, 1, uint32(0x7fff_ffff - 65_535)), setting(4, 65_544)],
      3,
    ],
    ['a frame size of nothing', [setting(5, 0)], 1],
    ['a frame size above all', [setting(5, 0x100_0000)], 1],
    ['an offer to take pushes', [setting(2, 1)], 1],
    ['too many settings in a frame', [h2(types.settings, 0, 0, Buffer.alloc(33 * 6, 0xee))], 11],
    ['a GOAWAY that takes back what the first one gave up', [goaway(1, 0), goaway(3, 0)], 1],
  ] as const)('%s', async (_, frames, code) => {
    const peer = await TestPeer.greeted();
    const first = peer.call();
    await peer.sent();
    peer.send(...frames);
    const last = (await peer.sent()).at(-1);
    expect(peer.broke?.code, peer.broke?.message).toBe(code);
    expect(last).toMatchObject({ type: types.goaway, payload: uint32(0, code) });
    expect(first.sink.ends).toHaveLength(1);
    // It reads and writes no more.
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1), h2(types.ping, 0, 0, Buffer.alloc(8)));
    expect(await peer.sent()).toEqual([]);
  });
});

describe('a peer that breaks the rules of a stream loses that stream alone', () => {
  it.each([
    ['DATA before the headers', [grpcData(1, note)], 1],
    ['headers twice', [grpcHead(1), grpcHead(1)], 1],
    ['headers without a status', [head(['content-type', 'application/grpc'])], 1],
    ['a status of two digits', [head([':status', '20'])], 1],
    ['a status after another header', [head(['a', 'b'], ok)], 1],
    ['a status twice', [head(ok, ok)], 1],
    ['an unknown pseudo-header', [head(ok, [':odd', 'x'])], 1],
    ['a pseudo-header of requests', [head(ok, [':path', '/'])], 1],
    ['a status in the trailers', [grpcHead(1), tail(ok, ['grpc-status', '0'])], 1],
    ['a name in upper case', [head(ok, ['Content-Type', 'x'])], 1],
    ['a name that is empty', [head(ok, ['', 'x'])], 1],
    ['a name with a blank', [head(ok, ['a b', 'x'])], 1],
    ['a value with a line end', [head(ok, ['a', 'x\ny: z'])], 1],
    ['a value with a zero', [head(ok, ['a', 'x\0'])], 1],
    ['a value with a blank before it', [head(ok, ['a', ' x'])], 1],
    ['a value with a blank after it', [head(ok, ['a', 'x\t'])], 1],
    ['a header of the connection', [head(ok, ['connection', 'close'])], 1],
    ['transfer-encoding', [head(ok, ['transfer-encoding', 'chunked'])], 1],
    ['status 101', [head([':status', '101'])], 1],
    ['an interim response that ends the stream', [tail([':status', '100'])], 1],
    ['17 interim responses', [...Array(17)].map(() => head([':status', '103'])), 1],
    ['WINDOW_UPDATE by nothing', [h2(types.window, 0, 1, uint32(0))], 1],
    ['a window past the largest', [h2(types.window, 0, 1, uint32(0x7fff_ffff))], 3],
    [
      'a thousand and one headers',
      [
        h2(
          types.headers,
          4,
          1,
          Buffer.concat([Buffer.from([0x88]), Buffer.alloc(1001, 0xbe - 0xff + 0xd3)]),
        ),
      ],
      1,
    ],
    ['an unknown flag of a message', [grpcHead(1), grpcData(1, Buffer.from([2, 0, 0, 0, 0]))], 8],
    ['an undeclared compression', [grpcHead(1), grpcData(1, Buffer.from([1, 0, 0, 0, 0]))], 8],
    ['a message that is too large', [grpcHead(1), grpcData(1, Buffer.from([0, 2, 0, 0, 1]))], 8],
  ] as const)('%s', async (_, frames, code) => {
    const peer = await TestPeer.greeted();
    const first = peer.call();
    const other = peer.call();
    await peer.sent();
    peer.send(...frames);
    const resets = await peer.sentOf(types.reset);
    expect(peer.broke?.message).toBeUndefined();
    expect(resets).toEqual([expect.objectContaining({ stream: 1, payload: uint32(code) })]);
    expect(['violation', 'too-large']).toContain(first.sink.end?.kind);
    // The other call goes on.
    peer.send(grpcHead(3), grpcData(3, note), grpcTail(3));
    expect(other.sink.messages).toEqual([note.subarray(5)]);
    expect(other.sink.end).toMatchObject({ kind: 'trailers', status: 0 });
  });
});

describe('what HTTP/2 allows costs nothing', () => {
  it.each([
    ['frames of a type that nobody knows', h2(0xbe, 0xff, 0, Buffer.alloc(12))],
    ['frames of a type that nobody knows, on a stream', h2(0xbe, 0xff, 77, Buffer.alloc(12))],
    ['ALTSVC and ORIGIN', Buffer.concat([h2(0xa, 0, 0, Buffer.alloc(2)), h2(0xc, 0, 0)])],
    ['PRIORITY of any stream', h2(types.priority, 0, 99, Buffer.alloc(5))],
    ['SETTINGS that nobody knows', setting(0x99, 5)],
    ['an acknowledgement that nobody asked for', h2(types.settings, flags.ack, 0)],
    ['the answer to a PING that nobody sent', h2(types.ping, flags.ack, 0, Buffer.alloc(8))],
    ['flags that mean nothing', h2(types.settings, 0xfe, 0)],
    ['an interim response', head([':status', '103'], ['link', 'x'])],
  ])('%s', async (_, frame) => {
    const peer = await TestPeer.greeted();
    peer.expects = false;
    const { sink } = peer.call();
    await peer.sent();
    peer.send(frame, grpcHead(1), frame.readUInt8(3) === 1 ? settings : frame, grpcData(1, note));
    peer.send(grpcTail(1));
    expect(sink.messages).toEqual([note.subarray(5)]);
    expect(sink.end).toMatchObject({ kind: 'trailers', status: 0 });
    expect(peer.broke).toBeUndefined();
  });

  it('frames for a call that is over', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1));
    peer.send(reset(1, 0), h2(types.window, 0, 1, uint32(9)), grpcData(1, note), grpcTail(1, '5'));
    expect(sink.end).toMatchObject({ status: 0 });
    expect(peer.broke).toBeUndefined();
    expect(await peer.sent()).toEqual([]);
  });

  it('answers to PING and SETTINGS come with the same bytes, in their order', async () => {
    const peer = await TestPeer.greeted();
    peer.send(h2(types.ping, 0, 0, Buffer.from('12345678')), settings);
    expect(await peer.sent()).toEqual([
      { type: types.ping, flags: flags.ack, stream: 0, payload: Buffer.from('12345678') },
      { type: types.settings, flags: flags.ack, stream: 0, payload: Buffer.alloc(0) },
    ]);
  });
});
