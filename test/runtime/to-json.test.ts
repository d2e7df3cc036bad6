import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDate, fromMs, toDate, toMs } from '../../src/runtime/time.js';
import { toJson } from '../../src/runtime/to-json.js';

it('a message becomes JSON without loss', () => {
  expect(
    toJson({
      id: 18446744073709551615n,
      data: new Uint8Array([1, 2, 255]),
      ratio: Number.NaN,
      absent: undefined,
      oneof: { case: 'spec', value: { on: true } },
      list: [1n, 'x'],
    }),
  ).toEqual({
    id: '18446744073709551615',
    data: 'AQL/',
    ratio: 'NaN',
    oneof: { case: 'spec', value: { on: true } },
    list: ['1', 'x'],
  });
});

it('a map key that is __proto__ stays data', () => {
  const record = JSON.parse('{"__proto__": "x"}');
  expect(JSON.stringify(toJson(record))).toBe('{"__proto__":"x"}');
});

it('times and durations convert both ways', () => {
  const date = new Date('2026-11-23T08:24:01.250Z');
  expect(toDate(fromDate(date))).toEqual(date);
  expect(toDate(fromDate(new Date(-1)))).toEqual(new Date(-1));
  expect(toMs(fromMs(-1500.5))).toBe(-1500.5);
  expect(fromMs(60_000)).toEqual({ seconds: 60n, nanos: 0 });
  expect(toMs({})).toBe(0);
  expect(() => fromMs(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  expect(() => fromDate(new Date('x'))).toThrow(RangeError);
});

describe('fromMs', () => {
  it.each([
    [0, 0n, 0],
    [-0, 0n, 0],
    [0.000001, 0n, 1],
    [-0.000001, 0n, -1],
    [1500.25, 1n, 500_250_000],
    [-1500.25, -1n, -500_250_000],
    [-0.5, 0n, -500_000],
    // Nearer to the whole second than to any nanosecond before it.
    [999.9999999, 1n, 0],
    [-999.9999999, -1n, 0],
    [1999.9999999, 2n, 0],
    [59_999.999_999_9, 60n, 0],
    // Less than half a nanosecond is nothing, and has no sign.
    [0.0000001, 0n, 0],
    [-0.0000001, 0n, 0],
    [315_576_000_000_000, 315_576_000_000n, 0],
    [-315_576_000_000_000, -315_576_000_000n, 0],
  ])('%d ms are %d s and %d ns', (ms, seconds, nanos) => {
    expect(fromMs(ms)).toEqual({ seconds, nanos });
  });

  it('gives a duration that the protobuf rules allow, and the nearest one', () => {
    const limit = 315_576_000_000_000;
    const times = fc.oneof(
      fc.double({ min: -limit, max: limit, noNaN: true }),
      fc.double({ min: -5000, max: 5000, noNaN: true }),
      fc.integer({ min: -5_000_000_000, max: 5_000_000_000 }).map((nanos) => nanos / 1e6),
    );
    fc.assert(
      fc.property(times, (ms) => {
        const { seconds, nanos } = fromMs(ms);
        expect(Number.isInteger(nanos) && !Object.is(nanos, -0)).toBe(true);
        expect(Math.abs(nanos)).toBeLessThan(1_000_000_000);
        expect(seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0).toBe(true);
        // A nanosecond, or what a double of that size cannot tell apart.
        const closeness = Math.max(0.500_001e-6, Math.abs(ms) * 2 ** -52);
        expect(Math.abs(toMs({ seconds, nanos }) - ms)).toBeLessThanOrEqual(closeness);
      }),
      { numRuns: 2000 },
    );
  });

  it('carries whole nanoseconds without loss', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5_000_000_000, max: 5_000_000_000 }), (total) => {
        const { seconds, nanos } = fromMs(total / 1e6);
        expect(seconds * 1_000_000_000n + BigInt(nanos)).toBe(BigInt(total));
      }),
    );
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, 315_576_000_001_000, -4e14, '5' as never])(
    'refuses %d',
    (ms) => {
      expect(() => fromMs(ms)).toThrow(RangeError);
    },
  );
});
