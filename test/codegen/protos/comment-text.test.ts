import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanComment, commentLines } from '../../../codegen/protos/comment-text.js';
import { readComments } from '../../../codegen/protos/comments.js';
import { readProtos } from '../../../codegen/protos/read-protos.js';
import { renderContract } from '../../../codegen/protos/render.js';
import { everything } from './everything.js';
import { temporaryFolder, writeFiles } from './support.js';

test.each([
  ['one line', 'one line'],
  ['  two\n  lines  ', 'two lines'],
  ['a paragraph\n\n\nanother', 'a paragraph\n\nanother'],
  ['a list:\n- one\n  more\n* two\n3. three', 'a list:\n- one more\n- two\n3. three'],
  ['every\r\nline\rend\u2028counts\u2029or\vso\fon\u0085.', 'every line end counts or so on .'],
  ['bell\u0007 null\u0000 tab\t.', 'bell null tab .'],
  ['right\u202eto\u2066left\u200b', 'righttoleft'],
  ['half \ud800 a pair', 'half \ufffd a pair'],
  ['/etc/hosts, as it is', '`/etc/hosts`, as it is'],
  ['*/ the end', '`*/` the end'],
  ['', ''],
  [' \n\n ', ''],
])('%j becomes %j', (text, clean) => {
  expect(cleanComment(text)).toBe(clean);
});

test('lines fill 100 columns with their indentation, and list items hang', () => {
  const long = 'word '.repeat(30);
  const lines = commentLines(cleanComment(`${long}\n\n- ${long}`), '    ');
  expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(94);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines.map((line) => line.slice(0, 12))).toStrictEqual([
    '    // word ',
    '    // word ',
    '    //',
    '    // - wor',
    '    //   wor',
  ]);
});

/** Text with what could end a comment, start a list or confuse a tokenizer. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['\n', '\r', '\r\n', '\u2028', '\u0085', '\0', ' ', '  ', '\t', '\n\n', '- ', '-', '* '],
        ...['*', '1. ', '2)', '/', '//', '/*', '*/', '`', '${', '"', "'", '\\', '{', '}', ';'],
        ...['message X {}', 'syntax = "proto2";', 'word', 'x'.repeat(120), '\u202e', '\ud800'],
        ...['• ', '\ufeff', '\u00a0', '__proto__', '\udc00\ud800'],
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('whatever the text, each of its lines is a comment', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      for (const line of commentLines(cleanComment(text), '  ')) {
        expect(line).toMatch(/^ {2}\/\/(?: [^\p{Cc}\u2028\u2029\p{Surrogate}]*\S)?$/u);
      }
    }),
    { numRuns: 500 },
  );
});

test('cleaning twice is cleaning once, also across wrapping', () => {
  fc.assert(
    fc.property(hostileText, fc.constantFrom('', '  ', ' '.repeat(40)), (text, indent) => {
      const clean = cleanComment(text);
      expect(cleanComment(clean)).toBe(clean);
      const lines = commentLines(clean, indent);
      const read = lines
        .map((line) =>
          line
            .trim()
            .replace(/^\/\/ ?/, '')
            .trim(),
        )
        .join('\n');
      expect(cleanComment(read)).toBe(clean);
    }),
    { numRuns: 500 },
  );
});

test('hostile comments on every element change neither the facts nor each other', () => {
  const names = everything.files.flatMap((file) => [
    ...(file.extensions ?? []).map(({ name }) => name),
    ...file.services.flatMap(({ name, methods }) => [
      name,
      ...methods.map((m) => `${name}.${m.name}`),
    ]),
    ...file.messages.flatMap(({ name, fields }) => [
      name,
      ...fields.map((f) => `${name}.${f.name}`),
    ]),
    ...file.enums.flatMap(({ name, values }) => [name, ...values.map((v) => `${name}.${v.name}`)]),
  ]);
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 20, maxLength: 20 }), (texts) => {
      const comments = new Map<string, string>();
      names.forEach((name, index) => {
        const clean = cleanComment(texts[index % texts.length] ?? '');
        if (clean !== '') comments.set(name, clean);
      });
      const folder = writeFiles(temporaryFolder(), renderContract(everything, comments));
      expect(readProtos([folder], everything.source)).toStrictEqual(everything);
      expect(new Map([...readComments(folder)].sort())).toStrictEqual(
        new Map([...comments].sort()),
      );
    }),
    { numRuns: 25 },
  );
});
