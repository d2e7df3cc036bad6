import { describe, expect, it } from 'vitest';
import { isXid, Random, Xids } from '../../../testkit/src/base/random.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';

describe('random numbers', () => {
  it('come again with the same seed and differ with another', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return [random.uint32(), random.uuid(), random.uint64(), random.hex(7)];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('of a fork do not depend on what else was drawn', () => {
    const one = new Random('seed');
    const other = new Random('seed');
    other.uint32();
    expect(one.fork('etcd').uuid()).toBe(other.fork('etcd').uuid());
    expect(one.fork('etcd').uuid()).not.toBe(one.fork('kubelet').uuid());
  });

  it('stay in their bounds and reach both ends', () => {
    const random = new Random(3);
    const drawn = new Set(Array.from({ length: 500 }, () => random.int(2, 5)));
    expect([...drawn].sort()).toEqual([2, 3, 4, 5]);
  });

  it('spread evenly', () => {
    const random = new Random(4);
    const counts = new Array<number>(16).fill(0);
    for (let draw = 0; draw < 16_000; draw++) {
      const bucket = random.uint32() >>> 28;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('make UUIDs of version 4', () => {
    const random = new Random(5);
    for (let draw = 0; draw < 50; draw++) {
      expect(random.uuid()).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('cannot pick from nothing', () => {
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });
});

// Talos: event ids are xids, 20 characters of base32hex that sort by time.
describe('event ids', () => {
  it('have the form of an xid and sort by time and by order', async () => {
    const clock = new ManualClock();
    const xids = new Xids(new Random(1), clock);
    const ids = [xids.next(), xids.next()];
    await clock.advance(1000);
    ids.push(xids.next(), xids.next());
    for (const id of ids) expect(isXid(id)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(4);
  });

  it('begin with the seconds since 1970', () => {
    const clock = new ManualClock(0x4d88e15b * 1000);
    // The time of the example in the specification of xid, 9m4e2mr0ui3e8a215n4g.
    expect(new Xids(new Random(1), clock).next().slice(0, 6)).toBe('9m4e2m');
  });

  it('are told from other texts', () => {
    expect(isXid('9m4e2mr0ui3e8a215n4g')).toBe(true);
    for (const text of [
      '',
      '9m4e2mr0ui3e8a215n4',
      '9m4e2mr0ui3e8a215n4z',
      '9M4E2MR0UI3E8A215N4G',
    ]) {
      expect(isXid(text)).toBe(false);
    }
  });
});
