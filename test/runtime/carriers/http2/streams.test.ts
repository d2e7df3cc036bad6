import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { frame, noteFrame } from '../../../support/bare-servers.js';
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
const CANCEL = 8;
const maxStreams = (count: number) =>
  h2(types.settings, 0, 0, Buffer.concat([Buffer.from([0, 3]), uint32(count)]));

describe('a call', () => {
  it('leaves as HEADERS and one DATA that ends the stream, in one write', async () => {
    const peer = await TestPeer.greeted();
    peer.call({ timeoutMs: 1500.5 });
    const [head, data] = await peer.sent();
    expect(head).toMatchObject({ type: types.headers, flags: flags.endHeaders, stream: 1 });
    expect(data).toEqual({
      type: types.data,
      flags: flags.endStream,
      stream: 1,
      payload: frame(Buffer.alloc(3)),
    });
  });

  it('ends with trailers and no other headers, as with a status at once', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    const block = headerBlock(
      [':status', '200'],
      ['grpc-status', '5'],
      ['grpc-message', 'no%20such%20%F0%9F%92%A1'],
      ['x', '1'],
      ['x', '2,3'],
      ['y-bin', 'AQI,Aw=='],
      ['y-bin', 'BA'],
    );
    peer.send(h2(types.headers, flags.endHeaders | flags.endStream, 1, block));
    expect(sink.headers).toEqual([]);
    expect(sink.end).toMatchObject({ kind: 'trailers', status: 5, message: 'no such 💡' });
    const { fields } = sink.end as { fields: { all(): unknown; first(name: string): unknown } };
    expect(fields.all()).toEqual({
      x: ['1', '2,3'],
      'y-bin': [Buffer.of(1, 2), Buffer.of(3), Buffer.of(4)],
    });
    expect(fields.first('y-bin')).toEqual(Buffer.of(1, 2));
    expect(fields.first('z')).toBeUndefined();
  });

  it('brings what came before the end first, however late it is read', async () => {
    const peer = await TestPeer.greeted();
    const { sink, stream } = peer.call({ reads: false });
    await peer.sent();
    peer.send(grpcHead(1), grpcData(1, Buffer.concat([note, note])), grpcTail(1, '13'));
    expect(sink.ends).toEqual([]);
    stream.read();
    expect(sink.messages).toHaveLength(1);
    expect(sink.ends).toEqual([]);
    stream.read();
    expect(sink.messages).toHaveLength(2);
    expect(sink.end).toMatchObject({ status: 13, cutShort: false });
  });

  it('says when its data ended within a message', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    peer.send(grpcHead(1), grpcData(1, note.subarray(0, -1)), grpcTail(1));
    expect(sink.end).toMatchObject({ status: 0, cutShort: true });
  });

  it('takes compressed replies, and refuses those that are too large or no gzip', async () => {
    const peer = await TestPeer.greeted({ maxMessageBytes: 1000 });
    const head = (stream: number) =>
      h2(
        types.headers,
        flags.endHeaders,
        stream,
        headerBlock([':status', '200'], ['grpc-encoding', 'gzip']),
      );
    const sinks = [1, 2, 3].map(() => peer.call().sink);
    await peer.sent();
    const zipped = (bytes: Buffer) => frame(gzipSync(bytes), { compressed: 1 });
    peer.send(head(1), grpcData(1, Buffer.concat([zipped(Buffer.from('abc')), note])), grpcTail(1));
    peer.send(head(3), grpcData(3, zipped(Buffer.alloc(1001))));
    peer.send(head(5), grpcData(5, frame(Buffer.from('no gzip'), { compressed: 1 })));
    expect(sinks[0]?.messages).toEqual([Buffer.from('abc'), note.subarray(5)]);
    expect(sinks[1]?.end).toMatchObject({ kind: 'too-large', message: 'reply', limit: 1000 });
    expect(sinks[2]?.end).toMatchObject({ kind: 'violation' });
    expect((await peer.sentOf(types.reset)).map(({ stream }) => stream)).toEqual([3, 5]);
  });

  it('that is cancelled sends RST_STREAM (CANCEL) alone, and nothing of what waited', async () => {
    const peer = await TestPeer.greeted();
    const { stream, sink } = peer.call({ message: Buffer.alloc(100_000), ends: false });
    await peer.sent();
    stream.reset();
    stream.end();
    expect(await peer.sent()).toEqual([
      { type: types.reset, flags: 0, stream: 1, payload: uint32(CANCEL) },
    ]);
    peer.send(h2(types.window, 0, 1, uint32(100_000)), h2(types.window, 0, 0, uint32(100_000)));
    expect(await peer.sent()).toEqual([]);
    expect(sink.ends).toEqual([]);
  });

  it('that is cancelled before it left was never sent', async () => {
    const peer = await TestPeer.greeted();
    const { stream } = peer.call();
    stream.reset();
    expect(stream.sent).toBe(false);
    expect(await peer.sent()).toEqual([]);
    const next = peer.call();
    expect((await peer.sentOf(types.headers))[0]?.stream).toBe(1);
    expect(next.stream.sent).toBe(true);
  });

  it('that is answered before its last request stops sending, without an error', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call({ message: Buffer.alloc(100_000), ends: false });
    await peer.sent();
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1));
    expect(sink.end).toMatchObject({ status: 0 });
    expect(await peer.sent()).toEqual([
      { type: types.reset, flags: 0, stream: 1, payload: uint32(0) },
    ]);
  });

  it.each([
    [0, { kind: 'no-trailers' }],
    [CANCEL, { kind: 'reset', code: CANCEL }],
    [0xdead, { kind: 'reset', code: 0xdead }],
  ])('that the peer resets with %i gets no reset in return', async (code, end) => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call({ ends: false });
    await peer.sent();
    peer.send(reset(1, code));
    expect(sink.end).toEqual(end);
    expect(await peer.sent()).toEqual([]);
  });

  it('whose headers are larger than the peer takes is not sent', async () => {
    const limit = Buffer.concat([Buffer.from([0, 6]), uint32(700)]);
    const peer = await TestPeer.greeted({}, h2(types.settings, 0, 0, limit));
    const large = peer.call({ metadata: { x: 'y'.repeat(400) } });
    const small = peer.call();
    const sent = await peer.sentOf(types.headers);
    expect(large.sink.end).toMatchObject({ kind: 'violation' });
    expect(large.stream.sent).toBe(false);
    expect(sent).toHaveLength(1);
    expect(small.stream.sent).toBe(true);
  });

  it('whose headers do not fit in a frame sends them in several', async () => {
    const peer = await TestPeer.greeted();
    peer.call({ metadata: { x: '~'.repeat(40_000) } });
    const frames = (await peer.sent()).slice(0, 3);
    expect(frames.map(({ type }) => type)).toEqual([1, 9, 9]);
    expect(frames.map(({ flags }) => flags)).toEqual([0, 0, flags.endHeaders]);
    expect(frames.slice(0, 2).map(({ payload }) => payload.length)).toEqual([16_384, 16_384]);
  });
});

describe('the peer that takes so many streams at once', () => {
  it('gets no more, and the next one when one has ended, in order', async () => {
    const peer = await TestPeer.greeted({}, maxStreams(2));
    const calls = [1, 2, 3, 4].map(() => peer.call());
    expect((await peer.sentOf(types.headers)).map(({ stream }) => stream)).toEqual([1, 3]);
    expect(calls.map(({ stream }) => stream.sent)).toEqual([true, true, false, false]);
    calls[2]?.stream.reset();
    peer.send(grpcHead(3), grpcData(3, note), grpcTail(3));
    expect((await peer.sentOf(types.headers)).map(({ stream }) => stream)).toEqual([5]);
    expect(calls[3]?.stream.sent).toBe(true);
    calls[0]?.stream.reset();
    peer.call();
    expect((await peer.sentOf(types.headers)).map(({ stream }) => stream)).toEqual([7]);
  });

  it('may say later that it takes none, or more', async () => {
    const peer = await TestPeer.greeted({}, maxStreams(0));
    peer.call();
    expect(await peer.sentOf(types.headers)).toEqual([]);
    peer.send(maxStreams(1));
    expect(await peer.sentOf(types.headers)).toHaveLength(1);
    peer.send(maxStreams(0));
    peer.call();
    expect(await peer.sentOf(types.headers)).toEqual([]);
    peer.send(maxStreams(5));
    expect(await peer.sentOf(types.headers)).toHaveLength(1);
  });

  it('takes any number when it says none', async () => {
    const peer = await TestPeer.greeted();
    for (let call = 0; call < 500; call += 1) peer.call();
    expect(await peer.sentOf(types.headers)).toHaveLength(500);
  });
});

describe('GOAWAY', () => {
  it('ends calls above its last stream and those that wait as unsent, the others go on', async () => {
    const peer = await TestPeer.greeted({}, maxStreams(2));
    const [first, second, waiting] = [peer.call(), peer.call(), peer.call()];
    await peer.sent();
    peer.send(goaway(1, 2));
    expect(second.sink.end).toEqual({ kind: 'unsent', error: undefined });
    expect(waiting.sink.end).toEqual({ kind: 'unsent', error: undefined });
    expect(first.sink.ends).toEqual([]);
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1));
    expect(first.sink.end).toMatchObject({ status: 0 });
    expect(peer.events.slice(-2)).toEqual(['proved', 'idle']);
    const late = peer.call();
    await peer.sent();
    expect(late.sink.end).toEqual({ kind: 'unsent', error: undefined });
  });

  it('that announces the end leaves all calls alone, and says no to new ones', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    peer.send(goaway(0x7fff_ffff, 0), h2(types.ping, 0, 0, Buffer.alloc(8)), goaway(1, 0));
    expect(peer.events).toContain('going away 0');
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1));
    expect(sink.end).toMatchObject({ status: 0 });
  });
});

describe('the end of the connection', () => {
  it('ends all calls: those that left as lost, the others as unsent', async () => {
    const peer = await TestPeer.greeted();
    const sent = peer.call();
    await peer.sent();
    const unsent = peer.call();
    const error = new Error('gone');
    peer.session.lost(error);
    expect(sent.sink.end).toEqual({ kind: 'lost', error });
    expect(unsent.sink.end).toEqual({ kind: 'unsent', error });
    expect(peer.session.busy).toBe(false);
    peer.session.receive(settings);
    expect(await peer.sent()).toEqual([]);
  });

  it.each(['the peer breaks a rule', 'this side says goodbye'])(
    'ends those that wait for their place when %s',
    async (why) => {
      const peer = await TestPeer.greeted({}, maxStreams(1));
      const sent = peer.call();
      const waiting = peer.call();
      await peer.sent();
      const late = peer.call();
      if (why === 'the peer breaks a rule') peer.send(grpcHead(2));
      else {
        peer.session.goodbye();
        peer.session.lost(undefined);
      }
      expect(sent.sink.end).toMatchObject({ kind: 'lost' });
      expect(waiting.sink.end).toMatchObject({ kind: 'unsent' });
      expect(late.sink.end).toMatchObject({ kind: 'unsent' });
      expect(peer.session.busy).toBe(false);
    },
  );

  it('by a broken rule begins none of the calls that wait for a place', async () => {
    const peer = await TestPeer.greeted({}, maxStreams(1));
    const first = peer.call();
    const waiting = peer.call();
    await peer.sent();
    peer.send(grpcHead(1), grpcData(1, note), grpcTail(1), grpcHead(2));
    expect(first.sink.end).toMatchObject({ kind: 'trailers', status: 0 });
    expect(waiting.sink.end).toMatchObject({ kind: 'unsent' });
    expect(await peer.sentOf(types.headers)).toEqual([]);
  });

  it.each([
    ['was cancelled', (call: ReturnType<TestPeer['call']>) => call.stream.reset(), 1000],
    ['had a message that is too large', (call) => call.stream.write(Buffer.alloc(200)), 100],
  ] satisfies [string, (call: ReturnType<TestPeer['call']>) => void, number][])(
    'of a session that leaves comes when the last call that waited %s',
    async (_, end, maxMessageBytes) => {
      const peer = await TestPeer.greeted({ maxMessageBytes }, maxStreams(0));
      const waiting = peer.call({ ends: false });
      await peer.sent();
      peer.session.retire();
      expect(peer.events).not.toContain('idle');
      end(waiting);
      await peer.sent();
      expect(peer.events).toContain('idle');
    },
  );

  it('after GOAWAY for too many pings says so', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    peer.send(goaway(1, 11));
    peer.session.lost(undefined);
    expect(sink.end).toEqual({ kind: 'reset', code: 11 });
  });
});
