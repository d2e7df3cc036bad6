import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frame } from '../../../support/bare-servers.js';
import { type SentFrame, TestPeer } from '../../../support/http2-peer.js';
import { flags, grpcData, grpcHead, h2, types, uint32 } from '../../../support/raw-http2.js';

const windowUpdate = (stream: number, bytes: number) => h2(types.window, 0, stream, uint32(bytes));
const firstWindow = (bytes: number) =>
  h2(types.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(bytes)]));
const sum = (frames: readonly SentFrame[], stream: number) =>
  frames
    .filter((sent) => sent.type === types.window && sent.stream === stream)
    .reduce((total, { payload }) => total + payload.readUInt32BE(0), 0);

describe('what the peer may send', () => {
  it('is as much as was asked for, per stream and on the connection', async () => {
    const peer = new TestPeer({ window: 2_097_120 });
    expect(await peer.sent()).toEqual([
      {
        type: types.settings,
        flags: 0,
        stream: 0,
        payload: Buffer.concat([
          Buffer.from([0, 2]),
          uint32(0),
          Buffer.from([0, 4]),
          uint32(2_097_120),
        ]),
      },
      {
        type: types.window,
        flags: 0,
        stream: 0,
        payload: uint32(2_097_120 - 65_535),
      },
    ]);
  });

  it('grows on the connection when it comes, on a stream when it is read', async () => {
    const peer = await TestPeer.greeted();
    const slow = peer.call({ reads: false });
    await peer.sent();
    const message = frame(Buffer.alloc(10_000));
    peer.send(grpcHead(1), ...Array(4).fill(grpcData(1, message)));
    const unread = await peer.sent();
    expect(sum(unread, 0)).toBe(4 * 10_005);
    expect(sum(unread, 1)).toBe(0);
    for (let read = 0; read < 3; read += 1) slow.stream.read();
    expect(sum(await peer.sent(), 1)).toBe(0);
    slow.sink.eager = true;
    slow.stream.read();
    expect(slow.sink.messages).toHaveLength(4);
    expect(sum(await peer.sent(), 1)).toBe(4 * 10_005);
  });

  it('never stops because one stream is not read', async () => {
    const peer = await TestPeer.greeted();
    const slow = peer.call({ reads: false });
    const quick = peer.call();
    await peer.sent();
    peer.send(grpcHead(1), grpcHead(3));
    const full = grpcData(1, Buffer.alloc(16_384));
    peer.send(full, full, full, grpcData(1, Buffer.alloc(65_535 - 3 * 16_384)));
    const message = frame(Buffer.alloc(16_000, 1));
    let credit = 0;
    for (let sent = 0; sent < 100; sent += 1) {
      peer.send(grpcData(3, message));
      credit += sum(await peer.sent(), 0);
    }
    expect(quick.sink.messages).toHaveLength(100);
    expect(credit).toBeGreaterThan(100 * message.length);
    expect(slow.sink.messages).toEqual([]);
  });

  it('lets a message come that is larger than the window', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    const bytes = frame(Buffer.alloc(1_000_000, 3));
    peer.send(grpcHead(1));
    let window = 65_535;
    for (let at = 0; at < bytes.length; ) {
      const size = Math.min(16_384, window, bytes.length - at);
      expect(size).toBeGreaterThan(0);
      peer.send(grpcData(1, bytes.subarray(at, at + size)));
      at += size;
      window += sum(await peer.sent(), 1) - size;
    }
    expect(sink.messages).toEqual([Buffer.alloc(1_000_000, 3)]);
  });

  it('comes back for all DATA: padding, and what comes for calls that are over', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ bytes: fc.nat(4000), padding: fc.nat(255), over: fc.boolean() }), {
          minLength: 40,
        }),
        async (pieces) => {
          const peer = await TestPeer.greeted();
          const { stream } = peer.call({ reads: false });
          const gone = peer.call();
          await peer.sent();
          peer.send(grpcHead(1), grpcHead(3));
          gone.stream.reset();
          await peer.sent();
          let window = 65_535;
          let read = false;
          for (const { bytes, padding, over } of pieces) {
            const length = bytes + padding + 1;
            if (window < length) continue;
            const payload = Buffer.concat([Buffer.from([padding]), Buffer.alloc(bytes + padding)]);
            if (!over && !read) {
              // Zeros are empty messages: they are read as fast as they come.
              stream.read();
              read = true;
            }
            peer.send(h2(types.data, flags.padded, over ? 3 : 1, payload));
            window += sum(await peer.sent(), 0) - length;
            expect(peer.broke).toBeUndefined();
          }
          expect(window).toBeGreaterThan(65_535 / 2 - 4300);
          expect(window).toBeLessThanOrEqual(65_535);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('an upload', () => {
  it.each([0, 1, 5, 100, 65_535])('passes through windows of %i bytes', async (window) => {
    const peer = await TestPeer.greeted({}, firstWindow(window));
    const message = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 251));
    peer.call({ message });
    const data: Buffer[] = [];
    let left = window;
    let ended = false;
    for (let turn = 0; turn < 1000 && !ended; turn += 1) {
      for (const sent of await peer.sentOf(types.data)) {
        left -= sent.payload.length;
        expect(left).toBeGreaterThanOrEqual(0);
        data.push(sent.payload);
        ended ||= sent.flags === flags.endStream;
      }
      if (ended) break;
      expect(left).toBe(0);
      peer.send(windowUpdate(1, Math.max(window, 1)));
      left += Math.max(window, 1);
    }
    expect(Buffer.concat(data)).toEqual(frame(message));
  });

  it('waits while the window is below nothing, which may follow from new settings', async () => {
    const peer = await TestPeer.greeted();
    const { stream } = peer.call({ message: Buffer.alloc(70_000), ends: false });
    const first = await peer.sentOf(types.data);
    expect(first.reduce((total, { payload }) => total + payload.length, 0)).toBe(65_535);
    peer.send(windowUpdate(0, 1_000_000), firstWindow(10));
    peer.send(windowUpdate(1, 65_525));
    expect(await peer.sentOf(types.data)).toEqual([]);
    peer.send(windowUpdate(1, 5));
    expect((await peer.sentOf(types.data)).map(({ payload }) => payload.length)).toEqual([5]);
    peer.send(firstWindow(65_535));
    stream.end();
    const rest = await peer.sentOf(types.data);
    expect(rest.reduce((total, { payload }) => total + payload.length, 0)).toBe(70_005 - 65_540);
    expect(rest.at(-1)?.flags).toBe(flags.endStream);
  });

  it('ends without a window: an empty frame needs none', async () => {
    const peer = await TestPeer.greeted({}, firstWindow(8));
    const { stream } = peer.call({ ends: false });
    await peer.sent();
    stream.end();
    expect(await peer.sent()).toEqual([
      { type: types.data, flags: flags.endStream, stream: 1, payload: Buffer.alloc(0) },
    ]);
  });

  it('shares the connection with others, a frame each in turn', async () => {
    const peer = await TestPeer.greeted();
    peer.send(windowUpdate(0, 10_000_000));
    peer.call({ message: Buffer.alloc(40_000) });
    peer.call({ message: Buffer.alloc(40_000) });
    const streams = (await peer.sentOf(types.data)).map(({ stream }) => stream);
    expect(streams).toEqual([1, 3, 1, 3, 1, 3]);
  });

  it('goes on when the window of the connection grows, though others were before it', async () => {
    const peer = await TestPeer.greeted();
    const first = peer.call({ message: Buffer.alloc(65_530) });
    await peer.sent();
    const second = peer.call({ message: Buffer.alloc(10) });
    expect(await peer.sentOf(types.data)).toEqual([]);
    first.stream.reset();
    peer.send(windowUpdate(0, 100));
    expect((await peer.sentOf(types.data)).map(({ stream }) => stream)).toEqual([3]);
    expect(second.stream.sent).toBe(true);
  });

  it('holds its sender back while the socket or the peer takes nothing', async () => {
    const peer = await TestPeer.greeted();
    const { stream } = peer.call({ message: Buffer.alloc(0), ends: false });
    await peer.sent();
    let written = 0;
    const write = (): void => {
      if (written >= 1000) return;
      written += 1;
      stream.write(Buffer.alloc(1000), write);
    };
    write();
    await peer.sent();
    const before = written;
    expect(before).toBeLessThan(140);
    await peer.sent();
    expect(written).toBe(before);
    peer.send(windowUpdate(0, 10_000_000), windowUpdate(1, 10_000_000));
    for (let turn = 0; turn < 30; turn += 1) await peer.sent();
    expect(written).toBe(1000);
  });

  it('does not hold up answers, resets and windows, which leave at once', async () => {
    const peer = await TestPeer.greeted();
    peer.send(windowUpdate(0, 10_000_000), firstWindow(10_000_000));
    await peer.sent();
    peer.holds = true;
    const { stream } = peer.call({ message: Buffer.alloc(1_000_000), ends: false });
    const first = await peer.sentOf(types.data);
    expect(first.length).toBeLessThan(8);
    peer.send(h2(types.ping, 0, 0, Buffer.alloc(8)));
    expect((await peer.sent()).map(({ type }) => type)).toEqual([types.ping]);
    stream.reset();
    expect((await peer.sent()).map(({ type }) => type)).toEqual([types.reset]);
  });
});
