import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { collect } from '../../src/runtime/streams/collect.js';
import { frame, readFrames } from './client/frames.js';

const messages = ['', 'a', 'b'.repeat(300)].map((text) => Buffer.from(text));
const whole = Buffer.concat(messages.map((message) => frame(message)));

test.each([1, 3, 4, 5, 1000])(
  'messages are read whole when they come %i bytes at a time',
  async (size) => {
    const chunks = [];
    for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size));
    const read = await collect(readFrames(Readable.from(chunks)));
    expect(read.map((message) => Buffer.from(message).toString())).toEqual(
      messages.map((message) => message.toString()),
    );
  },
);

test('an input that ends in the middle of a message is an error', async () => {
  await expect(collect(readFrames(Readable.from([whole.subarray(0, -1)])))).rejects.toThrow(
    /middle/,
  );
});
