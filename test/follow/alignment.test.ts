import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, NO_COINCIDENCE, Rejoin } from '../../src/follow/alignment.js';
import { KernelReading, kernelKind } from '../../src/follow/kernel-record.js';
import { type LogEntry, lineEntry, lineKind } from '../../src/follow/log-entry.js';

const entries = (text: string): LogEntry[] => [...text].map(lineEntry);
const from = (known: string, reading: string, fromStart = false) =>
  align(lineKind, entries(known), entries(reading), fromStart);

describe('align', () => {
  it.each([
    ['abc', 'abcde', 3],
    ['abc', 'abc', 3],
    ['abc', 'xyabcde', 5],
    ['abc', 'bcde', 2],
    ['abc', 'cde', 1],
    ['abc', 'cxabcde', 5],
  ])('of %s in %s: the first new one is at %i', (known, reading, begin) => {
    expect(from(known, reading)).toMatchObject({ begin, certain: true });
  });

  it('finds nothing where too much came in between, and in an empty log', () => {
    expect(from('abc', 'defg')).toBeUndefined();
    expect(from('abc', '')).toBeUndefined();
    expect(from('', 'abc')).toBeUndefined();
  });

  it('says that it is not certain where a log repeats itself', () => {
    const same = 'a'.repeat(40);
    expect(from(same, same)).toEqual({ begin: 40, overlap: 40, certain: false });
    expect(from('ababab', 'abababab')).toMatchObject({ begin: 8, certain: false });
  });

  it('is certain all the same where both are known from their beginning', () => {
    expect(from('aaa', 'aaaaa', true)).toEqual({ begin: 3, overlap: 3, certain: true });
    expect(from('aba', 'abab', true)).toMatchObject({ begin: 3, certain: true });
  });

  it('knows a line whose beginning a full ring has cut off', () => {
    const known = ['one', 'two', 'three'].map(lineEntry);
    const reading = ['ree', 'four'].map(lineEntry);
    expect(align(lineKind, known, reading, false)).toMatchObject({ begin: 1, certain: true });
  });
});

describe('Rejoin', () => {
  /** What is given of a reading, and whether it turned out not to fit. */
  function joined(known: string, reading: string) {
    const rejoin = new Rejoin(lineKind, entries(known));
    const given = [...reading].flatMap((text) => rejoin.push(lineEntry(text)));
    return { given: given.map(({ text }) => text).join(''), isApart: rejoin.isApart };
  }

  it.each([
    ['', 'ab', 'ab'],
    ['abc', 'abcde', 'de'],
    ['abc', 'bcde', 'de'],
    ['abc', 'cde', 'de'],
    ['abab', 'ababx', 'x'],
    ['abab', 'abx', 'x'],
  ])('of %s with %s gives %s', (known, reading, given) => {
    expect(joined(known, reading)).toEqual({ given, isApart: false });
  });

  it('gives nothing, and says so, where the reading begins elsewhere', () => {
    expect(joined('abc', 'xyz')).toEqual({ given: '', isApart: true });
    expect(joined('abc', 'abx')).toEqual({ given: '', isApart: true });
  });

  it('gives new entries at once, without waiting for more', () => {
    const rejoin = new Rejoin(lineKind, entries('abc'));
    expect(rejoin.push(lineEntry('c'))).toEqual([]);
    expect(rejoin.push(lineEntry('d'))).toHaveLength(1);
    expect(rejoin.push(lineEntry('e'))).toHaveLength(1);
  });
});

/** A log that was read up to a line, and is read again when a ring has kept only its end. */
const again = (line: fc.Arbitrary<number>) =>
  fc
    .tuple(
      fc.array(line, { minLength: 1, maxLength: 120 }),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 60 }),
    )
    .map(([lines, one, other, ring]) => {
      const all = lines.map((kind, index) =>
        lineEntry(kind === 0 ? `at ${index}` : `like ${kind}`),
      );
      const seen = one % (all.length + 1);
      const end = seen + (other % (all.length - seen + 1));
      const begin = Math.max(0, end - ring);
      const known = all.slice(Math.max(0, seen - 40), seen);
      const overlap = Math.min(known.length, Math.max(0, seen - begin));
      return { known, reading: all.slice(begin, end), right: seen - begin, overlap };
    });

it('a log whose lines are all different goes on at the right line, or has lost it', () => {
  fc.assert(
    fc.property(again(fc.constant(0)), ({ known, reading, right, overlap }) => {
      const place = align(lineKind, known, reading, false);
      if (overlap === 0) expect(place).toBeUndefined();
      else expect(place).toEqual({ begin: right, overlap, certain: true });
    }),
    { numRuns: 1000, seed: 5 },
  );
});

it('a log whose lines are mostly alike goes on at the right line wherever that is said to be certain', () => {
  fc.assert(
    fc.property(again(fc.constantFrom(0, 1, 1, 1, 2)), ({ known, reading, right, overlap }) => {
      const place = align(lineKind, known, reading, false);
      if (overlap >= NO_COINCIDENCE && place?.certain === true) expect(place.begin).toBe(right);
      if (overlap > 0) expect(place).toBeDefined();
    }),
    { numRuns: 2000, seed: 5 },
  );
});

describe('records of the kernel', () => {
  const record = (at: string, text: string) => `kern:    info: [${at}]: ${text}`;

  it('are the same in another reading, which takes the boot to be at another moment', () => {
    const one = new KernelReading();
    const other = new KernelReading();
    const known = [
      one.entry(record('2026-01-01T00:00:00.5Z', 'first')),
      one.entry(record('2026-01-01T00:00:01.25Z', 'usb')),
      one.entry(record('2026-01-01T00:00:01.75Z', 'usb')),
    ];
    const reading = [
      other.entry(record('2026-01-01T00:00:00.9Z', 'usb')),
      other.entry(record('2026-01-01T00:00:01.4Z', 'usb')),
      other.entry(record('2026-01-01T00:00:02Z', 'new')),
    ];
    expect(align(kernelKind, known, reading, false)).toMatchObject({ begin: 2, certain: true });
  });

  it('are different when they say the same after another time', () => {
    const reading = new KernelReading();
    reading.entry(record('2026-01-01T00:00:00Z', 'usb'));
    const one = reading.entry(record('2026-01-01T00:00:00.000000001Z', 'usb'));
    const two = reading.entry(record('2026-01-01T00:00:00.000000003Z', 'usb'));
    expect(one.key).not.toBe(two.key);
  });

  it('without a time that can be read are compared as they are', () => {
    const reading = new KernelReading();
    expect(reading.entry('no form')).toMatchObject({ text: 'no form', key: 'no form' });
    expect(reading.entry(record('now', 'x'))).toMatchObject({ key: record('now', 'x') });
  });
});
