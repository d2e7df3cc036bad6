import { describe, expect, it } from 'vitest';
import { TestPeer } from '../../../support/http2-peer.js';
import { memoryInUse } from '../../../support/memory.js';
import {
  flags,
  grpcData,
  grpcHead,
  h2,
  headerBlock,
  settings,
  types,
  uint32,
} from '../../../support/raw-http2.js';

const nothing = Buffer.alloc(0);
const CALM = 11;

describe('a peer is told to calm down, and the connection ends, after a flood of', () => {
  it.each([
    ['empty DATA', grpcData(1, nothing)],
    ['DATA that is all padding', h2(types.data, flags.padded, 1, Buffer.from([0]))],
    ['frames that nobody knows', h2(0xbe, 0, 0)],
    ['priorities', h2(types.priority, 0, 1, Buffer.alloc(5))],
    ['acknowledgements', h2(types.settings, flags.ack, 0)],
    ['answers to no PING', h2(types.ping, flags.ack, 0, Buffer.alloc(8))],
    ['windows that nobody waits for', h2(types.window, 0, 1, uint32(1))],
    ['resets of a call that is over', h2(types.reset, 0, 1, uint32(8))],
    ['headers of a call that is over', h2(types.headers, flags.endHeaders, 1, Buffer.from([0x88]))],
  ])('%s', async (name, frame) => {
    const peer = await TestPeer.greeted({ window: 1_000_000 });
    peer.expects = false;
    const { sink, stream } = peer.call();
    await peer.sent();
    peer.send(grpcHead(1));
    if (name.endsWith('over')) stream.reset();
    const chunk = Buffer.concat(Array(1000).fill(frame));
    let chunks = 0;
    for (; peer.broke === undefined && chunks < 20; chunks += 1) peer.send(chunk);
    expect(peer.broke?.code).toBe(CALM);
    expect(chunks).toBeGreaterThan(5);
    if (!name.endsWith('over')) expect(sink.end?.kind).toBe('lost');
  });

  it.each([
    ['PINGs', h2(types.ping, 0, 0, Buffer.alloc(8))],
    ['SETTINGS', settings],
  ])('%s whose answers it does not take', async (_, frame) => {
    const peer = await TestPeer.greeted();
    peer.holds = true;
    for (let sent = 0; sent < 100 && peer.broke === undefined; sent += 1) {
      peer.send(Buffer.concat(Array(50).fill(frame)));
      await peer.sent();
    }
    expect(peer.broke?.code).toBe(CALM);
    expect(peer.held).toBeLessThan(32_768);
  });

  it('headers without end', async () => {
    const peer = await TestPeer.greeted();
    const { sink } = peer.call();
    await peer.sent();
    peer.send(grpcHead(1, flags.none));
    const more = h2(types.continuation, 0, 1, headerBlock(['x', 'y'.repeat(16_000)]));
    for (let sent = 0; sent < 20; sent += 1) peer.send(more);
    expect(peer.broke?.code).toBe(CALM);
    expect(sink.end?.kind).toBe('lost');
  });
});

it('PINGs and SETTINGS whose answers are taken are answered for as long as they come', async () => {
  const peer = await TestPeer.greeted();
  const chunk = Buffer.concat(Array(50).fill(h2(types.ping, 0, 0, Buffer.alloc(8))));
  let answers = 0;
  for (let sent = 0; sent < 100; sent += 1) {
    peer.send(chunk, settings);
    answers += (await peer.sent()).length;
  }
  expect(answers).toBe(100 * 51);
  expect(peer.broke).toBeUndefined();
});

it('a header bomb is decoded to its limit, and fails its stream alone', async () => {
  const peer = await TestPeer.greeted();
  const bombed = peer.call();
  const other = peer.call();
  await peer.sent();
  // One field of 4000 bytes goes to the table; each byte after it stands for that field again.
  const block = Buffer.concat([
    Buffer.from([0x88, 0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
    Buffer.alloc(4000, 0x62),
    Buffer.alloc(12_000, 0xbe),
  ]);
  peer.send(h2(types.headers, flags.endHeaders, 1, block));
  expect(bombed.sink.end).toMatchObject({ kind: 'violation', reason: 'it sent too many headers' });
  // The table of both sides is in step.
  peer.send(h2(types.headers, flags.endHeaders, 3, Buffer.from([0x88, 0xbe])));
  expect(other.sink.headers).toEqual([{ a: ['b'.repeat(4000)] }]);
  expect(peer.broke).toBeUndefined();
});

it('PINGs whose answers leave are no flood, though the socket is never empty when more come', async () => {
  const peer = await TestPeer.greeted();
  const pings = Buffer.concat(Array(600).fill(h2(types.ping, 0, 0, Buffer.alloc(8))));
  for (let round = 0; round < 5; round += 1) {
    peer.held = 70_000;
    peer.send(pings);
    expect(await peer.sentOf(types.ping)).toHaveLength(600);
    peer.drain();
  }
  expect(peer.broke).toBeUndefined();
});

it('a peer that dribbles a large message byte by byte takes no more memory than the message', async () => {
  const peer = await TestPeer.greeted({ window: 2_000_000 });
  const { sink } = peer.call();
  await peer.sent();
  const size = 200_000;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(size, 1);
  peer.send(grpcHead(1), grpcData(1, head));
  const before = memoryInUse().arrayBuffers;
  const chunk = Buffer.concat(Array(1000).fill(grpcData(1, Buffer.of(7))));
  for (let sent = 0; sent < size / 1000; sent += 1) peer.send(chunk);
  expect(memoryInUse().arrayBuffers - before).toBeLessThan(2_000_000);
  expect(sink.messages[0]).toEqual(Buffer.alloc(size, 7));
});

it('small messages that nobody reads are held in little more than their bytes', async () => {
  const peer = await TestPeer.greeted({ window: 1_000_000 });
  const { sink } = peer.call({ reads: false });
  await peer.sent();
  peer.send(grpcHead(1));
  const before = memoryInUse().arrayBuffers;
  const message = Buffer.from([0, 0, 0, 0, 1, 9]);
  const chunk = Buffer.concat(Array(1000).fill(grpcData(1, message)));
  for (let sent = 0; sent < 150; sent += 1) peer.send(chunk);
  expect(memoryInUse().arrayBuffers - before).toBeLessThan(2_000_000);
  expect(sink.messages).toEqual([]);
  expect(peer.broke).toBeUndefined();
  sink.eager = true;
  sink.stream?.read();
  expect(sink.messages).toHaveLength(150_000);
});
