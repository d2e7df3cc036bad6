import { noteFrame } from '../support/bare-servers.js';
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
} from '../support/raw-http2.js';

/** Gives whole numbers from 0 to below its argument. */
export type Numbers = (below: number) => number;

/** Numbers that follow from a seed alone (mulberry32). */
export function numbers(seed: number): Numbers {
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
const makers: readonly ((stream: number, random: Numbers) => Buffer)[] = [
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

/** Frames of a peer: good ones, odd ones, and half of the time with bytes that were mutated. */
export function conversation(random: Numbers): Buffer {
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
