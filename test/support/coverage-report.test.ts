import { describe, expect, it } from 'vitest';
import { callEndings, missingEndings, testsByRpc } from './coverage-report.js';

describe('what tests do not show', () => {
  it('is nothing when each RPC ends in each way, in one file or in several', () => {
    const files = [
      { file: 'a.test.ts', rpcs: { 'x.X/One': callEndings, 'x.X/Two': ['ok', 'failed'] } },
      { file: 'b.test.ts', rpcs: { 'x.X/Two': ['refused', 'ended'] } },
    ] as const;
    expect(missingEndings(['x.X/One', 'x.X/Two'], files)).toEqual([]);
  });

  it('names each RPC that lacks an ending, and which', () => {
    const files = [{ file: 'a.test.ts', rpcs: { 'x.X/One': ['ok', 'ended'] } }] as const;
    expect(missingEndings(['x.X/One', 'x.X/Two'], files)).toEqual([
      'x.X/One: no call that ends as refused, failed',
      'x.X/Two: no test of a feature calls it',
    ]);
  });
});

describe('the tests of an RPC', () => {
  it('are the files that show all of its endings, not those that call it on the way', () => {
    const files = [
      { file: 'b.test.ts', rpcs: { 'x.X/Two': callEndings, 'x.X/One': ['ok'] } },
      { file: 'a.test.ts', rpcs: { 'x.X/Two': ['ok'] } },
    ] as const;
    expect(testsByRpc(files)).toEqual({ 'x.X/One': ['b.test.ts'], 'x.X/Two': ['b.test.ts'] });
  });

  it('are all callers when none shows everything, sorted', () => {
    const files = [
      { file: 'b.test.ts', rpcs: { 'x.X/One': ['ok'] } },
      { file: 'a.test.ts', rpcs: { 'x.X/One': ['failed'] } },
    ] as const;
    expect(testsByRpc(files)).toEqual({ 'x.X/One': ['a.test.ts', 'b.test.ts'] });
  });
});
