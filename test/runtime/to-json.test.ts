import { expect, it } from 'vitest';
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
