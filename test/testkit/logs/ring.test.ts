import { describe, expect, it } from 'vitest';
import { Ring } from '../../../testkit/src/topics/logs/ring.js';

/** The next items of a reader. */
async function take<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const list: T[] = [];
  while (list.length < count) {
    const { done, value } = await items.next();
    if (done === true) break;
    list.push(value);
  }
  return list;
}

describe('a ring', () => {
  it('keeps the last items up to its limit', () => {
    const ring = new Ring<number>(3);
    for (let item = 1; item <= 10; item++) ring.push(item);
    expect(ring.items).toEqual([8, 9, 10]);
  });

  it('counts what its owner counts, and keeps the last item whatever it counts', () => {
    const ring = new Ring<string>(5, ({ length }) => length);
    for (const item of ['abc', 'de', 'f']) ring.push(item);
    expect(ring.items).toEqual(['de', 'f']);
    ring.push('much too long');
    expect(ring.items).toEqual(['much too long']);
    ring.push('abc');
    expect(ring.items).toEqual(['abc']);
  });

  it('is read from its oldest item or after its newest, and then as items come', async () => {
    const ring = new Ring<number>(10);
    const { signal } = new AbortController();
    for (const item of [1, 2]) ring.push(item);
    const whole = ring.follow('oldest', [signal])[Symbol.asyncIterator]();
    const fresh = ring.follow('newest', [signal])[Symbol.asyncIterator]();
    // Where a reader begins was decided when it was made.
    ring.push(3);
    expect(await take(whole, 3)).toEqual([1, 2, 3]);
    expect(await take(fresh, 1)).toEqual([3]);
    const next = [whole.next(), fresh.next()];
    ring.push(4);
    expect(await Promise.all(next)).toEqual([
      { done: false, value: 4 },
      { done: false, value: 4 },
    ]);
  });

  it('has a slow reader miss what was given up meanwhile', async () => {
    const ring = new Ring<number>(3);
    const { signal } = new AbortController();
    const reader = ring.follow('oldest', [signal])[Symbol.asyncIterator]();
    ring.push(1);
    expect(await take(reader, 1)).toEqual([1]);
    for (let item = 2; item <= 10; item++) ring.push(item);
    expect(await take(reader, 3)).toEqual([8, 9, 10]);
  });

  it('ends a reader at any of its signals, after what is there', async () => {
    const ring = new Ring<number>(3);
    const stops = [new AbortController(), new AbortController()];
    const signals = stops.map(({ signal }) => signal);
    ring.push(1);
    const reader = ring.follow('oldest', signals)[Symbol.asyncIterator]();
    await reader.next();
    const last = reader.next();
    stops[1]?.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    const late = ring.follow('oldest', signals)[Symbol.asyncIterator]();
    expect(await take(late, 2)).toEqual([1]);
  });
});
