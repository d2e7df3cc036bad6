import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackError } from '../../../../../src/runtime/carriers/http2/hpack/hpack-error.js';
import { decoded, newDecoder } from './blocks.js';
import { randomBlock } from './table-model.js';

describe('a decoder', () => {
  it('follows the table of any encoder, block by block', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const take = (below: number) => (numbers.next().value as number) % below;
        const blocks = randomBlock(take);
        const decoder = newDecoder();
        for (let count = 0; count < 12; count += 1) {
          const { block, fields, tableSize } = blocks();
          expect(decoded(decoder, block)).toEqual(fields);
          expect(decoder.tableSize).toBe(tableSize);
        }
      }),
    );
  });

  it('either reads any bytes within its limits, or refuses them with an HpackError', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0x20, 0x3f, 0x40, 0x7f, 0x80, 0x82, 0xbe, 0xff, 0, 1, 0x61, 0x81), {
        maxLength: 60,
      }),
    );
    let refused = 0;
    let read = 0;
    fc.assert(
      fc.property(fc.array(anyBytes, { minLength: 1, maxLength: 5 }), (blocks) => {
        const decoder = newDecoder(256, 2000);
        for (const block of blocks) {
          try {
            const fields = decoded(decoder, Uint8Array.from(block));
            expect(fields.join('').length).toBeLessThan(2000);
            read += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(HpackError);
            refused += 1;
            return;
          }
          expect(decoder.tableSize).toBeLessThanOrEqual(256);
        }
      }),
      { numRuns: 3000 },
    );
    // The property would hold for a decoder that does only one of both.
    expect(Math.min(refused, read)).toBeGreaterThan(200);
  });
});
