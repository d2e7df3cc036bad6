import { describe, expect, it } from 'vitest';
import type { RequestHeaders } from '../../../../src/runtime/carriers/carrier.js';
import { MetadataCache } from '../../../../src/runtime/carriers/grpc-js/metadata.js';

const metadata = { runtime: 'Talos', node: '10.0.0.2', 'x-many': ['a', 'b'] };

function headers(own: Partial<RequestHeaders> = {}): RequestHeaders {
  return {
    path: '/a.B/C',
    metadata,
    more: undefined,
    timeoutMs: undefined,
    uploads: false,
    streams: false,
    ...own,
  };
}

describe('what is sent with a stream', () => {
  const cache = new MetadataCache();
  const sent = (own?: Partial<RequestHeaders>) => cache.of(headers(own)).toJSON();
  const plain = { runtime: ['Talos'], node: ['10.0.0.2'], 'x-many': ['a', 'b'] };

  it('has the deadline of this stream, and none where there is none', () => {
    expect(sent({ timeoutMs: 1000 })).toEqual({ ...plain, 'grpc-timeout': ['1000m'] });
    expect(sent({ timeoutMs: 1000 })['grpc-timeout']).toEqual(['1000m']);
    expect(sent({ timeoutMs: 2000.2 })['grpc-timeout']).toEqual(['2001m']);
    expect(sent()).toEqual(plain);
    expect(sent({ timeoutMs: 1000 })['grpc-timeout']).toEqual(['1000m']);
  });

  it.each([
    [-5, '0m'],
    [99_999_999, '99999999m'],
    [100_000_000, '100000S'],
    [1e11, '1666667M'],
    [6.1e15, '1694444445H'],
  ])('tells a deadline of %d ms as %s', (timeoutMs, text) => {
    expect(sent({ timeoutMs })['grpc-timeout']).toEqual([text]);
  });

  it('has metadata of this stream alone in place of the same names', () => {
    const more = { 'x-many': 'c', 'x-sign-bin': Uint8Array.of(1, 2) };
    expect(sent({ more, timeoutMs: 1000 })).toEqual({
      ...plain,
      'x-many': ['c'],
      'x-sign-bin': [Buffer.of(1, 2)],
      'grpc-timeout': ['1000m'],
    });
    expect(sent()).toEqual(plain);
  });
});
