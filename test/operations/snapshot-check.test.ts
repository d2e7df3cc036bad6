import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SnapshotCheck } from '../../src/operations/etcd/snapshot-check.js';
import { snapshotOf } from './support.js';

function checked(chunks: Iterable<Uint8Array>) {
  const check = new SnapshotCheck();
  for (const chunk of chunks) check.update(chunk);
  return check.finish();
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

const snapshot = snapshotOf(6);

it('takes a whole snapshot, however it is cut into chunks', () => {
  const sha256 = createHash('sha256').update(snapshot.subarray(0, -32)).digest('hex');
  fc.assert(
    fc.property(fc.array(fc.nat(700)), (lengths) => {
      expect(checked(cut(snapshot, lengths))).toEqual({ bytes: snapshot.length, sha256 });
    }),
  );
});

it('refuses one that is cut short anywhere, and one that goes on', () => {
  for (let end = 0; end < snapshot.length; end += 1) {
    expect(checked([snapshot.subarray(0, end)])).toHaveProperty('problem');
  }
  expect(checked([snapshot, Buffer.alloc(1)])).toHaveProperty('problem');
  expect(checked([snapshot, snapshot])).toHaveProperty('problem');
  expect(checked([snapshot, Buffer.alloc(512)])).toHaveProperty('problem');
});

it('refuses one with a bit that is another one', () => {
  fc.assert(
    fc.property(fc.nat(snapshot.length * 8 - 1), (bit) => {
      const damaged = Buffer.from(snapshot);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(checked([damaged])).toHaveProperty('problem');
    }),
  );
});

it('refuses a digest of nothing', () => {
  expect(checked([createHash('sha256').digest()])).toEqual({
    problem: 'there is no database in it',
  });
});
