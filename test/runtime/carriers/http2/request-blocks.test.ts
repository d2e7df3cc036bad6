import { describe, expect, it } from 'vitest';
import { RequestBlocks } from '../../../../src/runtime/carriers/http2/request-blocks.js';
import type { MetadataInit } from '../../../../src/runtime/metadata.js';
import { decoded, newDecoder } from './hpack/blocks.js';

const origin = { scheme: 'https', authority: '10.0.0.2:50000', gzip: false } as const;

/** The pieces of a block for a call with `metadata`. */
function pieces(blocks: RequestBlocks, metadata: MetadataInit, more?: MetadataInit) {
  const call = { path: '/a.B/C', timeoutMs: 1500, uploads: false, streams: false };
  return blocks.of({ ...call, metadata, more });
}

const fields = (blocks: RequestBlocks, metadata: MetadataInit, more?: MetadataInit) =>
  decoded(newDecoder(), Buffer.concat(pieces(blocks, metadata, more)));

const always = [
  ':method: POST',
  ':scheme: https',
  ':path: /a.B/C',
  ':authority: 10.0.0.2:50000',
  'te: trailers',
  'content-type: application/grpc',
  'user-agent: talos-client',
  'grpc-accept-encoding: identity,gzip',
  'grpc-timeout: 1500m',
];

describe('the block of a request', () => {
  it('holds what every call has, then the metadata, with every value of a name', () => {
    const metadata = { node: '10.0.0.3', nodes: ['a', 'b'], 'x-bin': Uint8Array.of(0, 255) };
    expect(fields(new RequestBlocks(origin), metadata)).toEqual([
      ...always,
      'node: 10.0.0.3',
      'nodes: a',
      'nodes: b',
      'x-bin: AP8',
    ]);
  });

  it('takes values of the stream alone instead of those that all bring', () => {
    const own = fields(new RequestBlocks(origin), { a: '1', b: '2' }, { b: '3', c: '4' });
    expect(own).toEqual([...always, 'a: 1', 'b: 3', 'c: 4']);
  });

  it('is made of the same bytes when the same is sent again, by whatever object', () => {
    const blocks = new RequestBlocks(origin);
    const first = pieces(blocks, { node: '10.0.0.3' });
    const second = pieces(blocks, { node: '10.0.0.3' });
    expect(second.map((piece, index) => piece === first[index])).toEqual([true, true, true]);
  });

  it('is right for more nodes than are kept', () => {
    const blocks = new RequestBlocks(origin);
    for (let turn = 0; turn < 2; turn += 1) {
      for (let node = 0; node < 5000; node += 1) {
        const [, , piece = Buffer.alloc(0)] = pieces(blocks, { node: `10.0.0.${node}` });
        expect(decoded(newDecoder(), piece)).toEqual([`node: 10.0.0.${node}`]);
      }
    }
  });

  it('never has secrets indexed, and keeps none', () => {
    const blocks = new RequestBlocks(origin);
    const [, , first] = pieces(blocks, { authorization: 'Basic abc' });
    const [, , second] = pieces(blocks, { authorization: 'Basic abc' });
    expect(Buffer.from(first ?? []).toString('hex')).toMatch(/^1f08/);
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
  });

  it('counts 32 bytes a field besides its name and value', () => {
    const blocks = new RequestBlocks(origin);
    const sum = (of: readonly string[]) => of.reduce((total, { length }) => total + length + 30, 0);
    pieces(blocks, {});
    expect(blocks.listBytes).toBe(sum(always));
    pieces(blocks, { node: '10.0.0.3', 'x-bin': Uint8Array.of(1) });
    expect(blocks.listBytes).toBe(sum([...always, 'node: 10.0.0.3', 'x-bin: AQ']));
  });
});
