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
        const inbox = new Inbox({ admits: () => true, take: (message) => taken.push(message) });
        let freed = 0;
        let step = 0;
        for (let at = 0; at < bytes.length; at += size) {
          const chunk = Buffer.from(bytes.subarray(at, at + size));
          freed += inbox.push(chunk, 0, chunk.length);
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
