import { describe, expect, it } from 'vitest';
import { deprecation, docComment, paragraphs, plainText, removalOf } from '../../codegen/docs.js';

describe('a doc comment', () => {
  it('stands on one line when it fits', () => {
    expect(docComment('Short.', 2)).toStrictEqual(['/** Short. */']);
    const longest = 'x'.repeat(100 - 2 - '/**  */'.length);
    expect(docComment(longest, 2)).toHaveLength(1);
    expect(docComment(`${longest}x`, 2)).toStrictEqual(['/**', ` * ${longest}x`, ' */']);
  });

  it('is nothing where there is nothing to say', () => {
    expect(docComment('', 0)).toStrictEqual([]);
  });

  it('is wrapped at 100 columns, indentation included, with items hanging', () => {
    const words = 'word '.repeat(60).trim();
    const lines = docComment(paragraphs(words, `- ${words}\n1. ${words}`), 4);
    expect(lines.every((line) => line.length + 4 <= 100)).toBe(true);
    expect(lines.filter((line) => line === ' *')).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith(' * - word'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith(' *   word')).length).toBeGreaterThan(2);
  });

  it.each(['ends */ here', '**/', '*/*/', '*\u2028/', 'a\n*/'])('cannot be ended by %j', (text) => {
    const printed = docComment(plainText(text), 0).join('\n');
    expect(printed.indexOf('*/')).toBe(printed.length - 2);
    expect(printed.split('\n').every((line) => /^(\/\*\*| \*)/.test(line))).toBe(true);
  });

  it('takes control characters and line separators for spaces', () => {
    expect(docComment('a\u0000b\u2028c\u001bd', 0)).toStrictEqual(['/** a b c d */']);
  });
});

describe('text of a proto', () => {
  it.each([
    ['@deprecated really', '\\@deprecated really'],
    ['see {@link x}', 'see {\\@link x}'],
    ['a\n@throws b', 'a\n\\@throws b'],
    ['mail me@example.com', 'mail me@example.com'],
  ])('%j holds no tag', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});

describe('deprecation', () => {
  const removed = { '(common.remove_deprecated_field)': 'v1.18' };

  it('names the release that removes the element', () => {
    const element = { name: 'x', deprecated: true, options: removed } as const;
    expect(deprecation(element, 'Talos')).toBe('@deprecated Removed in Talos 1.18.');
    expect(removalOf(element)).toBe('1.18');
  });

  it('is said without a release too', () => {
    const element = { name: 'x', deprecated: true } as const;
    expect(deprecation(element, 'Talos')).toBe('@deprecated The contract marks it as deprecated.');
    expect(removalOf(element)).toBeUndefined();
  });

  it('is not said of what is not deprecated', () => {
    expect(deprecation({ name: 'x' }, 'Talos')).toBe('');
    expect(deprecation({ name: 'x', options: { '(a.b)': 'v1.18' } }, 'Talos')).toBe('');
  });
});
