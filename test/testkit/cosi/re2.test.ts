import { describe, expect, it } from 'vitest';
import { compileRe2 } from '../../../testkit/src/topics/cosi/query/re2.js';

/** Which of the texts an expression finds something in. */
function matching(expression: string, texts: readonly string[]): readonly string[] {
  const compiled = compileRe2(expression);
  return texts.filter((text) => compiled.test(text));
}

// COSI: id queries are expressions of RE2, as Go has them.
describe('an id query', () => {
  it('matches anywhere in the id unless it is anchored', () => {
    const ids = ['eth0', 'veth0', 'eth01'];
    expect(matching('eth0', ids)).toEqual(['eth0', 'veth0', 'eth01']);
    expect(matching('^eth0$', ids)).toEqual(['eth0']);
    expect(matching('\\Aeth0\\z', ids)).toEqual(['eth0']);
  });

  it.each([
    ['(?i)ETH[0-9]', ['eth0'], ['lo']],
    ['(?i:K)K', ['kK', 'KK', '\u212aK'], ['kk']],
    ['(?i)[^k]', ['a'], ['k', 'K', '\u212a']],
    ['(?i)\\P{Lu}', ['1'], ['a', 'A']],
    ['a.b', ['axb'], ['a\nb']],
    ['(?s)a.b', ['a\nb'], ['ab']],
    ['(?m)^b$', ['a\nb\nc', 'b'], ['ab']],
    ['^b$', ['b'], ['a\nb', 'b\n']],
    ['\\d+\\.\\d+', ['10.5'], ['\u0661.\u0662']],
    ['^\\s$', [' ', '\n'], ['\u00a0', '\v']],
    ['^[[:alpha:]_]+$', ['a_b'], ['a1', 'é']],
    ['^[[:^digit:]]$', ['a', 'é'], ['1']],
    ['^\\pL\\p{Lu}$', ['éÉ'], ['éé']],
    ['^\\p{Greek}$', ['α'], ['a']],
    ['^\\x41\\x{1F600}\\101\\n$', ['A😀A\n'], ['A😀A']],
    ['\\Qa.b\\E+', ['a.bb'], ['axb']],
    ['^[]a-]+$', [']a-'], ['[']],
    ['^{,2}$', ['{,2}'], ['']],
    ['^(?P<first>a)(?<second>b)$', ['ab'], ['a']],
    ['a*(?i)b', ['B', 'aab'], ['a']],
    ['^(?U)a+?$', ['aa'], ['']],
    ['^.$', ['😀', '\u2028'], ['ab', '\n']],
  ])('reads %j as RE2 does', (expression, matches, others) => {
    expect(matching(expression, [...matches, ...others])).toEqual(matches);
  });

  it.each([
    ['a(?=b)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['a(?!b)', 'invalid or unsupported Perl syntax: `(?!`'],
    ['(?<=a)b', 'invalid named capture: `(?<=a)b`'],
    ['(?>a)', 'invalid or unsupported Perl syntax: `(?>`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['\\k', 'invalid escape sequence: `\\k`'],
    ['\\Z', 'invalid escape sequence: `\\Z`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['((a{10}){10}){11}', 'invalid repeat count: `{11}`'],
    ['a{3,2}', 'invalid repeat count: `{3,2}`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['(a', 'missing closing ): `(a`'],
    ['a)', 'unexpected ): `a)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['[[:letter:]]', 'invalid character class range: `[:letter:]`'],
    ['\\p{Klingon}', 'invalid character class range: `\\p{Klingon}`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
  ])('refuses %j with the words of Go', (expression, problem) => {
    expect(() => compileRe2(expression)).toThrow(`error parsing regexp: ${problem}`);
  });
});
