import { afterAll, expect, it } from 'vitest';
import { noteFrame } from '../../../support/bare-servers.js';
import { TestPeer, type TestSink } from '../../../support/http2-peer.js';
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

/** How many mutated conversations to hold: `npm run test:frames` holds a
 * million. */
const COUNT = Number(process.env.TALOS_CLIENT_FRAMES ?? 20_000);
const SEED = Number(process.env.TALOS_CLIENT_SEED ?? 1);

/** Numbers that follow from a seed alone (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const note = noteFrame('fuzz');
const setting = (id: number, value: number) =>
  h2(types.settings, 0, 0, Buffer.concat([Buffer.from([0, id]), uint32(value)]));
const block = headerBlock([':status', '200'], ['content-type', 'application/grpc'], ['x', 'y']);

/** Frames as good and as bad servers send them, for any of the first streams. */
const makers: readonly ((stream: number, random: (below: number) => number) => Buffer)[] = [
  ...Array.from({ length: 4 }, () => (stream: number) => grpcHead(stream)),
  ...Array.from({ length: 4 }, () => (stream: number) => grpcData(stream, note)),
  ...Array.from({ length: 4 }, () => (stream: number) => grpcTail(stream)),
  ...Array.from(
    { length: 4 },
    () => (stream: number) =>
      Buffer.concat([grpcHead(stream), grpcData(stream, note), grpcTail(stream, '13')]),
  ),
  (stream, random) => grpcData(stream, Buffer.alloc(random(3000), random(256))),
  (stream, random) => reset(stream, random(16)),
  (stream, random) => h2(types.window, 0, random(2) * stream, uint32(1 + random(70_000))),
  (stream) => goaway(stream, 0),
  (_, random) => setting(1 + random(7), random(2) === 0 ? random(70_000) : random(2 ** 32)),
  () => settings,
  () => h2(types.settings, flags.ack, 0),
  (_, random) => h2(types.ping, random(2), 0, Buffer.alloc(8, random(256))),
  (stream, random) =>
    h2(types.headers, random(64), stream, Buffer.concat([Buffer.alloc(random(8)), block])),
  (stream, random) =>
    Buffer.concat([
      h2(types.headers, random(2), stream, block.subarray(0, random(block.length))),
      h2(types.continuation, random(2) * 4, stream, block),
    ]),
  (stream, random) => h2(types.data, 8 | random(2), stream, Buffer.alloc(random(40), random(30))),
  (stream, random) =>
    h2(
      types.headers,
      flags.endHeaders,
      stream,
      Buffer.from([0x88, 0x40 + random(64), random(256)]),
    ),
  (_, random) => h2(random(256), random(256), random(12), Buffer.alloc(random(40), random(256))),
];

function conversation(random: (below: number) => number): Buffer {
  const frames = [settings];
  const count = 1 + random(12);
  for (let frame = 0; frame < count; frame += 1) {
    const make = makers[random(makers.length)] as (typeof makers)[number];
    frames.push(make(1 + 2 * random(random(4) + 1), random));
  }
  const bytes = Buffer.concat(frames);
  // Half of them also have some bytes changed, cut out, or doubled.
  if (random(2) === 0) return bytes;
  let mutated = bytes;
  for (let change = random(4); change >= 0; change -= 1) {
    const at = random(mutated.length);
    switch (random(3)) {
      case 0:
        mutated[at] = random(256);
        break;
      case 1:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + random(12))]);
        break;
      default:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at - random(at + 1))]);
    }
    if (mutated.length === 0) return mutated;
  }
  return mutated;
}

/** All that a session does at the end of a tick is done. */
function turn(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}

let ends = 0;
let broken = 0;
afterAll(() => {
  // The conversations are neither all good nor all bad.
  expect(ends).toBeGreaterThan(COUNT / 20);
  expect(broken).toBeGreaterThan(COUNT / 10);
  expect(broken).toBeLessThan(COUNT);
});

it('whatever a peer sends, nothing throws, every call ends once, and nothing is kept', {
  timeout: 600_000,
}, async () => {
  for (let round = 0; round < COUNT; round += 1) {
    const seed = SEED * 1_000_000_007 + round;
    const random = numbers(seed);
    const peer = new TestPeer({ maxMessageBytes: 100_000 });
    peer.expects = random(2) === 0;
    peer.holds = random(8) === 0;
    const bytes = conversation(random);
    const sinks: TestSink[] = [];
    const call = (): void => {
      const { sink, stream } = peer.call({
        message: Buffer.alloc(random(3000)),
        reads: random(4) > 0,
        ends: random(3) > 0,
      });
      if (random(6) === 0) stream.reset();
      else sinks.push(sink);
    };
    try {
      peer.send(settings);
      call();
      call();
      if (random(2) === 0) await turn();
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(random(2) === 0 ? 20 : 20_000);
        peer.receive(bytes.subarray(at, at + size));
        at += size;
        if (random(4) === 0) call();
        if (random(8) === 0) await turn();
      }
      if (peer.broke !== undefined) broken += 1;
      // All that comes after the end is ignored; what was not read by then comes before it.
      if (random(2) === 0) await turn();
      peer.session.lost(undefined);
      for (const sink of sinks) {
        sink.eager = true;
        sink.stream?.read();
        if (sink.ends.length !== 1) await turn();
        if (sink.ends.length !== 1) throw new Error(`it ended ${sink.ends.length} times`);
        if (sink.end?.kind === 'trailers') ends += 1;
      }
      if (peer.session.busy) throw new Error('streams are kept');
    } catch (error) {
      throw new Error(`seed ${seed}: ${bytes.toString('hex')}`, { cause: error });
    }
  }
});
