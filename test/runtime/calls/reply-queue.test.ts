import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReplyQueue } from '../../../src/runtime/calls/reply-queue.js';
import { memoryInUse } from '../../support/memory.js';

it('gives replies in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (steps) => {
      const queue = new ReplyQueue();
      const model: Uint8Array[] = [];
      steps.forEach((push, index) => {
        if (push) {
          const reply = Uint8Array.of(index);
          queue.push(reply);
          model.push(reply);
        } else {
          expect(queue.shift()).toBe(model.shift());
        }
        expect(queue.full).toBe(model.length >= 4);
      });
      for (const reply of model) expect(queue.shift()).toBe(reply);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});

it('does not grow while a reader is never quick enough to empty it', () => {
  const queue = new ReplyQueue();
  const reply = new Uint8Array(8);
  queue.push(reply);
  const before = memoryInUse().heapUsed;
  for (let count = 0; count < 2_000_000; count += 1) {
    queue.push(reply);
    queue.shift();
  }
  expect(memoryInUse().heapUsed - before).toBeLessThan(4_000_000);
  expect(queue.shift()).toBe(reply);
});
