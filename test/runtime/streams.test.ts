import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { collect, collectBytes, text } from '../../src/runtime/streams/collect.js';
import { lines, records } from '../../src/runtime/streams/lines.js';
import { toNodeStream, toWebStream } from '../../src/runtime/streams/platform.js';
import { streamOf } from '../support/fake-transport.js';

function chunksOf(...texts: string[]) {
  return streamOf(texts.map((part) => new TextEncoder().encode(part)));
}

/** `bytes` cut at `cuts`. */
function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
}

describe('lines', () => {
  it('puts lines and characters together wherever the chunks were cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        async (content, cuts) => {
          const bytes = new TextEncoder().encode(content);
          const expected = content.split(/\r?\n/);
          if (expected.at(-1) === '') expected.pop();
          expect(await collect(lines(streamOf(cutAt(bytes, cuts)).stream))).toEqual(expected);
        },
      ),
    );
  });

  it('gives a last line without a line break, and empty lines', async () => {
    expect(await collect(lines(chunksOf('a\n\nb').stream))).toEqual(['a', '', 'b']);
  });

  it('leaves its source when it is left', async () => {
    const { stream, state } = chunksOf('a\nb\n', 'c\n');
    for await (const _ of lines(stream)) break;
    expect(state.left).toBe(true);
  });

  it('passes the failure of its source on', async () => {
    const failing = streamOf(
      (async function* (): AsyncGenerator<Uint8Array> {
        yield new TextEncoder().encode('a\n');
        throw new Error('reset');
      })(),
    );
    const read = lines(failing.stream);
    expect(await read.next()).toEqual({ done: false, value: 'a' });
    await expect(read.next()).rejects.toThrow('reset');
  });

  it('gives every line once and in order to readers who ask at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { maxLength: 12 }),
        fc.array(fc.nat(80), { maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        async (parts, cuts, readers) => {
          const bytes = new TextEncoder().encode(parts.join('\n'));
          const expected = parts.join('\n').split(/\r?\n/);
          if (expected.at(-1) === '') expected.pop();
          const read = lines(streamOf(cutAt(bytes, cuts)).stream);
          const seen: IteratorResult<string, undefined>[] = [];
          while (seen.at(-1)?.done !== true) {
            seen.push(...(await Promise.all(Array.from({ length: readers }, () => read.next()))));
          }
          const values = seen.flatMap((result) => (result.done === true ? [] : [result.value]));
          expect(values).toEqual(expected);
          // Whoever asked after the last line is told that there is none.
          expect(seen.slice(values.length).every(({ done }) => done === true)).toBe(true);
        },
      ),
    );
  });

  it('asks its source for one chunk at a time, however many ask it for lines', async () => {
    let pending = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          pending += 1;
          expect(pending).toBe(1);
          await new Promise(setImmediate);
          pending -= 1;
          return { done: false as const, value: new TextEncoder().encode('a\n') };
        },
      }),
    };
    const read = lines(source);
    expect(await Promise.all([read.next(), read.next(), read.next()])).toEqual(
      Array(3).fill({ done: false, value: 'a' }),
    );
  });

  it('tells one reader of the failure of its source, and the others that all is over', async () => {
    const read = lines(
      (async function* () {
        yield new TextEncoder().encode('a\n');
        throw new Error('reset');
      })(),
    );
    const outcomes = await Promise.allSettled([read.next(), read.next(), read.next()]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: { done: false, value: 'a' } },
      { status: 'rejected', reason: new Error('reset') },
      { status: 'fulfilled', value: { done: true, value: undefined } },
    ]);
  });

  it('is left at once, also while its source is silent, and takes nothing that comes later', async () => {
    let come = (_: IteratorResult<Uint8Array, undefined>): void => {};
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<Uint8Array, undefined>>((resolve) => {
            come = resolve;
          }),
        return: async () => ({ done: true as const, value: undefined }),
      }),
    };
    const read = lines(silent);
    const waiting = [read.next(), read.next()];
    expect(await read.return()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
    come({ done: false, value: new TextEncoder().encode('late\n') });
    await new Promise(setImmediate);
    expect(await read.next()).toEqual({ done: true, value: undefined });
  });

  it('ends lines at CRLF as at LF, wherever the chunks were cut, and leaves a CR alone elsewhere', async () => {
    const content = 'a\r\nb\n\r\n\rc\rd\r\r\ne\r';
    const expected = ['a', 'b', '', '\rc\rd\r', 'e\r'];
    const bytes = new TextEncoder().encode(content);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await collect(lines(streamOf(cutAt(bytes, [cut])).stream))).toEqual(expected);
    }
    const single = [...bytes].map((byte) => new Uint8Array([byte]));
    expect(await collect(lines(streamOf(single).stream))).toEqual(expected);
  });

  it('gives the lines before one that is too long, then fails and leaves its source', async () => {
    for (const chunks of [
      ['a\nbb\n12345\nc\n', 'd\n'],
      ['a\nbb\n123', '45', '6', '7'],
      ['a\n', 'bb\n12345'],
    ]) {
      const { stream, state } = chunksOf(...chunks, 'never\n', 'never\n');
      const read = lines(stream, { maxLineLength: 4 });
      expect(await read.next()).toEqual({ done: false, value: 'a' });
      expect(await read.next()).toEqual({ done: false, value: 'bb' });
      const failure = read.next();
      await expect(failure).rejects.toThrow(RangeError);
      await expect(failure).rejects.toThrow('a line is longer than maxLineLength, 4 characters');
      expect(await read.next()).toEqual({ done: true, value: undefined });
      await vi.waitFor(() => expect(state.left).toBe(true));
    }
  });

  it('takes lines as long as they may be, the line break not counted', async () => {
    const read = (...chunks: string[]) =>
      collect(lines(chunksOf(...chunks).stream, { maxLineLength: 4 }));
    expect(await read('1234\r\n1234\n1234')).toEqual(['1234', '1234', '1234']);
    expect(await read('12', '34', '\r', '\n')).toEqual(['1234']);
    expect(await collect(lines(chunksOf('x'.repeat(100_000)).stream))).toHaveLength(1);
  });

  it('has a bound on the length of a line by default', async () => {
    const megabyte = new Uint8Array(2 ** 20).fill(0x78);
    const { stream, state } = streamOf(
      (async function* () {
        for (;;) yield megabyte;
      })(),
    );
    await expect(lines(stream).next()).rejects.toThrow(RangeError);
    expect(state.taken).toBe(17);
  });

  it.each([0, -1, Number.NaN, '5' as never, null as never])(
    'refuses %j as the longest line',
    (maxLineLength) => {
      expect(() => lines(chunksOf('a').stream, { maxLineLength })).toThrow(
        expect.objectContaining({ code: 'config', field: 'maxLineLength' }),
      );
    },
  );
});

it('records keeps kernel messages apart that do not end in a line break', async () => {
  expect(await collect(records(chunksOf('one', 'two\n', 'three\r\n').stream))).toEqual([
    'one',
    'two',
    'three',
  ]);
});

describe('collecting', () => {
  it('gives all bytes, or the text of them', async () => {
    expect(await collectBytes(chunksOf('ab', '', 'c').stream)).toEqual(
      new Uint8Array([97, 98, 99]),
    );
    const euro = new TextEncoder().encode('€');
    expect(await text(streamOf([euro.subarray(0, 1), euro.subarray(1)]).stream)).toBe('€');
  });

  it('gives up on a stream longer than it may be, and leaves it', async () => {
    const { stream, state } = chunksOf('abc', 'def', 'ghi');
    await expect(collectBytes(stream, { maxBytes: 4 })).rejects.toThrow(RangeError);
    expect(state).toEqual({ left: true, taken: 2 });
  });
});

describe('streams of the platform', () => {
  it('a Node stream gives the bytes and cancels when destroyed', async () => {
    expect(await toNodeStream(chunksOf('ab', 'cd').stream).toArray()).toEqual([
      Buffer.from('ab'),
      Buffer.from('cd'),
    ]);
    const { stream, state } = streamOf(
      (async function* () {
        for (;;) yield new Uint8Array(1024);
      })(),
    );
    const node = toNodeStream(stream);
    await once(node, 'readable');
    node.destroy();
    await vi.waitFor(() => expect(state.left).toBe(true));
  });

  it('pass the failure of their source on, and skip no chunk for being empty', async () => {
    const failing = (async function* () {
      yield new Uint8Array([1]);
      yield new Uint8Array();
      yield new Uint8Array([2]);
      throw new Error('the node is gone');
    })();
    const [one, two] = [toNodeStream(failing), [] as Buffer[]];
    const read = async () => {
      for await (const chunk of one) two.push(chunk);
    };
    await expect(read()).rejects.toThrow('the node is gone');
    expect(Buffer.concat(two)).toEqual(Buffer.from([1, 2]));

    const web = toWebStream(
      (async function* () {
        yield 1;
        throw new Error('the node is gone');
      })(),
    ).getReader();
    expect(await web.read()).toEqual({ done: false, value: 1 });
    await expect(web.read()).rejects.toThrow('the node is gone');
    await expect(web.closed).rejects.toThrow('the node is gone');
  });

  it('a Web stream gives the items, reads no further than asked, and cancels', async () => {
    const { stream, state } = streamOf([1, 2, 3, 4]);
    const reader = toWebStream(stream).getReader();
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    expect(state.taken).toBe(1);
    await reader.cancel();
    expect(state.left).toBe(true);
  });
});
