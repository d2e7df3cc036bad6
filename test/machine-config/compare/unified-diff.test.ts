import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/machine-config/compare/unified-diff.js';
import { applyDiff } from './apply-diff.js';

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

describe('a unified diff', () => {
  it('of equal texts is empty', () => {
    expect(unifiedDiff('a\n', 'a\n')).toBe('');
  });

  it('shows three lines around a change', () => {
    const lines = 'abcdefghijklmn'.split('');
    expect(unifiedDiff(text(...lines), text(...lines.with(6, 'G')))).toBe(
      text('--- a', '+++ b', '@@ -4,7 +4,7 @@', ' d', ' e', ' f', '-g', '+G', ' h', ' i', ' j'),
    );
  });

  it('joins changes with up to six lines between them and parts others', () => {
    const lines = 'abcdefghij'.split('');
    expect(unifiedDiff(text(...lines), text(...lines.with(0, 'A').with(7, 'H')))).toBe(
      text(
        '--- a',
        '+++ b',
        '@@ -1,10 +1,10 @@',
        '-a',
        '+A',
        ...(' b c d e f g'.match(/ \w/g) as string[]),
        '-h',
        '+H',
        ' i',
        ' j',
      ),
    );
    expect(unifiedDiff(text(...lines), text(...lines.with(0, 'A').with(8, 'I')))).toBe(
      text(
        '--- a',
        '+++ b',
        '@@ -1,4 +1,4 @@',
        '-a',
        '+A',
        ' b',
        ' c',
        ' d',
        '@@ -6,5 +6,5 @@',
        ' f',
        ' g',
        ' h',
        '-i',
        '+I',
        ' j',
      ),
    );
  });

  it('counts from zero where a side is empty', () => {
    expect(unifiedDiff('', 'x\n')).toBe('--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n');
    expect(unifiedDiff('x\n', '')).toBe('--- a\n+++ b\n@@ -1,1 +0,0 @@\n-x\n');
  });

  it('takes the names of both sides', () => {
    expect(unifiedDiff('x\n', 'y\n', { before: 'running', after: 'new' })).toBe(
      '--- running\n+++ new\n@@ -1,1 +1,1 @@\n-x\n+y\n',
    );
  });

  it('says where the last line has no end', () => {
    expect(unifiedDiff('x', 'x\n')).toBe(
      '--- a\n+++ b\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+x\n',
    );
  });

  it('lets a new document begin with its separator', () => {
    const document = (kind: string) => ['---', 'apiVersion: v1alpha1', `kind: ${kind}`];
    expect(
      unifiedDiff(
        text(...document('A'), ...document('C')),
        text(...document('A'), ...document('B'), ...document('C')),
      ),
    ).toContain(text('+---', '+apiVersion: v1alpha1', '+kind: B'));
  });
});

const lines = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', '--- x', '+++ y', '@@ -1 +1 @@', ''), {
    maxLength: 40,
  })
  .chain((list) =>
    fc.boolean().map((end) => list.join('\n') + (end && list.length > 0 ? '\n' : '')),
  );

it('whoever applies it gets the second text', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      expect(applyDiff(before, unifiedDiff(before, after))).toBe(after);
    }),
    { numRuns: 2000 },
  );
});

it('changes as few lines as can be', () => {
  const few = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 14 });
  fc.assert(
    fc.property(few, few, (before, after) => {
      const diff = unifiedDiff(text(...before), text(...after));
      const changed = diff.split('\n').filter((line) => /^[-+][a-d]$/.test(line)).length;
      expect(changed).toBe(before.length + after.length - 2 * commonLines(before, after));
    }),
    { numRuns: 2000 },
  );
});

/** The length of the longest common subsequence, by the table that everybody knows. */
function commonLines(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const line of a) {
    const next = [0];
    for (const [index, other] of b.entries()) {
      next.push(
        line === other
          ? (row[index] as number) + 1
          : Math.max(row[index + 1] as number, next[index] as number),
      );
    }
    row = next;
  }
  return row[b.length] as number;
}

it('long texts of few lines in wild order still come out right', () => {
  // A generator of pseudo-random bits, so that no line repeats a period that helps the search.
  const wild = (seed: number) => {
    let state = seed;
    return Array.from({ length: 60_000 }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 64 ? 'a' : 'b';
    });
  };
  const before = text(...wild(1));
  const after = text(...wild(2));
  expect(applyDiff(before, unifiedDiff(before, after))).toBe(after);
});
