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
          const expected = content.split('\n');
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
});

it('records keeps kernel messages apart that do not end in a line break', async () => {
  expect(await collect(records(chunksOf('one', 'two\n').stream))).toEqual(['one', 'two']);
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
