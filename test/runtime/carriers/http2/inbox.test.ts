import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Inbox } from '../../../../src/runtime/carriers/http2/inbox.js';
import { frame } from '../../../support/bare-servers.js';

it('messages are the same however late they are asked for, and stay as they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.nat(3)), { maxLength: 40 }),
      fc.integer({ min: 1, max: 50_000 }),
      (steps, size) => {
        const sent = steps.map(([length], index) => Buffer.alloc(length, index + 1));
        const bytes = Buffer.concat(sent.map((message) => frame(message)));
        const taken: Uint8Array[] = [];
        let held = false;
        const inbox = new Inbox({
          admits: () => true,
          take: (message) => taken.push(message),
          holds: () => {
            held = true;
          },
        });
        let memory = Buffer.alloc(size);
        let freed = 0;
        let step = 0;
        for (let at = 0; at < bytes.length; at += size) {
          const end = Math.min(bytes.length, at + size);
          bytes.copy(memory, 0, at, end);
          const chunk = memory.subarray(0, end - at);
          held = false;
          // A chunk brings several frames.
          const half = chunk.length >> 1;
          freed += inbox.push(chunk, 0, half);
          freed += inbox.push(chunk, half, chunk.length);
          // Memory that is not held is used again, as a connection does it.
          if (held) memory = Buffer.alloc(size);
          else memory.fill(0xff);
          for (let asks = steps[step]?.[1] ?? 0; asks > 0; asks -= 1) freed += inbox.ask();
          step += 1;
        }
        for (const _ of steps) freed += inbox.ask();
        expect(taken.length).toBe(sent.length);
        expect(taken.every((message, index) => sent[index]?.equals(message))).toBe(true);
        expect(freed).toBe(bytes.length);
        expect(inbox.drained).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

it('a slow reader makes it hold the memory of a chunk once, until it has caught up', () => {
  let held = 0;
  const taken: Uint8Array[] = [];
  const inbox = new Inbox({
    admits: () => true,
    take: (message) => taken.push(message),
    holds: () => {
      held += 1;
    },
  });
  const chunk = () => frame(Buffer.alloc(1000, taken.length));
  for (let round = 0; round < 2; round += 1) {
    for (let count = 0; count < 200; count += 1) inbox.push(chunk(), 0, 1005);
    expect(held).toBe(round + 1);
    for (let count = 0; count < 200; count += 1) inbox.ask();
    expect(inbox.drained).toBe(true);
  }
  // Blocks are used again: messages that were cut from them lie elsewhere.
  expect(taken.slice(0, 200).every((message) => message.every((byte) => byte === 0))).toBe(true);
  expect(taken.slice(200).every((message) => message.every((byte) => byte === 200))).toBe(true);
});
