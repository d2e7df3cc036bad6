import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Http2Stream } from '../../../../src/runtime/carriers/http2/stream.js';
import { Streams } from '../../../../src/runtime/carriers/http2/streams.js';

/** All that the table looks at. */
const newStream = () => ({ id: 0 }) as Http2Stream;

describe('the open streams of a connection', () => {
  it('have odd identifiers, in the order of opening', () => {
    const streams = new Streams();
    const opened = [newStream(), newStream(), newStream()];
    for (const stream of opened) streams.add(stream);
    expect(opened.map(({ id }) => id)).toEqual([1, 3, 5]);
    expect([...streams]).toEqual(opened);
  });

  it('are found by their identifiers until they are over, whichever end first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 400 }), (steps) => {
        const streams = new Streams();
        const model = new Map<number, Http2Stream>();
        let last = -1;
        for (const step of steps) {
          // Every third step ends one of those that are open.
          if (step % 3 === 0 && model.size > 0) {
            const ended = [...model.values()][step % model.size] as Http2Stream;
            expect(streams.delete(ended)).toBe(true);
            expect(streams.delete(ended)).toBe(false);
            model.delete(ended.id);
          } else {
            const stream = newStream();
            streams.add(stream);
            model.set(stream.id, stream);
            last = stream.id;
          }
          expect(streams.count).toBe(model.size);
        }
        for (let id = 1; id <= last; id += 2) expect(streams.find(id)).toBe(model.get(id));
        expect([...streams]).toEqual([...model.values()]);
      }),
    );
  });

  it('leave no trace while one of them stays for long', () => {
    const streams = new Streams();
    const [first] = Array.from({ length: 8 }, () => {
      const stream = newStream();
      streams.add(stream);
      return stream;
    });
    for (let count = 0; count < 10_000; count += 1) {
      const stream = newStream();
      streams.add(stream);
      expect(streams.delete(stream)).toBe(true);
    }
    expect(streams.find(1)).toBe(first);
    expect(streams.count).toBe(8);
  });

  it.each([0, 2, 7, 2 ** 31 - 1])('are not there under %i, which nobody opened', (id) => {
    const streams = new Streams();
    for (let count = 0; count < 3; count += 1) streams.add(newStream());
    expect(() => streams.find(id)).toThrow(`it sent a frame on stream ${id}, which nobody opened`);
  });
});
