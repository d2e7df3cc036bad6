import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SysctlConfig } from '../../../src/machine-config/index.js';
import { formatMachineConfig, parseMachineConfig } from '../../../src/machine-config/index.js';

function formatted(params: Record<string, string>): string {
  const document: SysctlConfig = { apiVersion: 'v1alpha1', kind: 'SysctlConfig', params };
  return formatMachineConfig([document]);
}

/** The lines below `params:`. */
function linesOf(params: Record<string, string>): string[] {
  return formatted(params).trimEnd().split('\n').slice(3);
}

describe('texts', () => {
  it.each([
    ['', '""'],
    ['1', '"1"'],
    ['0x10', '"0x10"'],
    ['1_000', '"1_000"'],
    ['.5', '".5"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['y', "'y'"],
    ['off', "'off'"],
    ['1:30', "'1:30'"],
    ['<<', "'<<'"],
    ['- a', "'- a'"],
    ['a: b', "'a: b'"],
    ['a #b', "'a #b'"],
    ['#a', "'#a'"],
    ["it's", "it's"],
    ["'a", "'''a'"],
    ['a\tb', '"a\\tb"'],
    ['\u0007', '"\\a"'],
    ['😀', '"\\U0001F600"'],
    ['\ufeff', '"\\uFEFF"'],
    ['é', 'é'],
    ['---', "'---'"],
  ])('%j is written %s', (text, written) => {
    expect(linesOf({ k: text })).toEqual([`    k: ${written}`]);
  });

  it('puts several lines into a block, with the hint that its ends need', () => {
    expect(linesOf({ k: 'a\nb\n' })).toEqual(['    k: |', '        a', '        b']);
    expect(linesOf({ k: 'a\nb' })).toEqual(['    k: |-', '        a', '        b']);
    expect(linesOf({ k: 'a\n\nb\n\n' }).slice(0, 1)).toEqual(['    k: |+']);
    expect(linesOf({ k: ' a\nb\n' })).toEqual(['    k: |4', '         a', '        b']);
  });

  it('puts long keys and keys of several lines on a line of their own', () => {
    expect(linesOf({ ['k'.repeat(129)]: 'v' })).toEqual([`    ? ${'k'.repeat(129)}`, '    : v']);
  });
});

it('whatever text is written is read back the same, by any YAML parser too', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', ':', '#', '-', "'", '"', '\u2028') }),
    fc.constantFrom('yes', '0o17', '1e3', '2026-01-02', '!!str x', '*a', '&a', '%a', '? a'),
  );
  const printable = text.filter((value) => value.isWellFormed());
  fc.assert(
    fc.property(fc.dictionary(printable, printable), (params) => {
      const written = formatted(params);
      expect(parseMachineConfig(written).get('SysctlConfig')?.params ?? {}).toEqual(params);
      // U+2028 ends a line for Talos' library, which sets in what follows it; others do not see that.
      if (!/[\u2028\u2029\u0085]/.test(JSON.stringify(params))) {
        expect(parse(written).params ?? {}).toEqual(params);
      }
    }),
    { numRuns: 500 },
  );
});
