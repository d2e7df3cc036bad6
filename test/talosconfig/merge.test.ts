import { expect, test } from 'vitest';
import { parseTalosconfig } from '../../src/talosconfig/index.js';
import { mergedNames } from '../../src/talosconfig/merge.js';
import { kept, written } from './support.js';

const names = (...list: string[]) =>
  parseTalosconfig(
    `contexts: {${list.map((name) => `${name}: {cluster: of-${name}}`).join(', ')}}`,
  );

test('contexts come after those that are there, with comments and unknown keys', () => {
  const { config, renames } = parseTalosconfig(written, { path: '/p' }).mergedWith(
    parseTalosconfig(kept, { path: '/other' }),
  );
  expect(config.path).toBe('/p');
  expect(config.contextNames).toEqual(['prod', 'prod-1', 'old lab', 'omni']);
  expect(renames).toEqual([{ from: 'prod', to: 'prod-1' }]);
  expect(config.currentContext).toBe('prod-1');
  const text = config.toYaml();
  for (const part of [
    '# In Frankfurt.',
    '# cp-2 is new',
    '# rotate in May',
    '# deprecated',
    'x-note: {team: core, hex: 0x1F, ratio: 1.10, off: ~}',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.startsWith(written.replace('context: prod', 'context: prod-1'))).toBe(true);
});

test('neither talosconfig changes by it', () => {
  const one = parseTalosconfig(written);
  const two = parseTalosconfig(kept);
  one.mergedWith(two);
  expect(one.toYaml()).toBe(written);
  expect(two.toYaml()).toBe(kept);
});

test('merging the same file again makes copies, as talosctl does', () => {
  const file = parseTalosconfig(written);
  const once = file.mergedWith(file);
  const twice = once.config.mergedWith(file);
  expect(twice.config.contextNames).toEqual(['prod', 'prod-1', 'prod-2']);
  expect(twice.renames).toEqual([{ from: 'prod', to: 'prod-2' }]);
  const settings = file.context('prod').settings();
  for (const { name } of twice.config.contexts) {
    expect(twice.config.context(name).settings()).toEqual(settings);
  }
});

test.each([
  ['its current context becomes current', 'context: a', 'context: b', 'b'],
  ['without a current one, ours stays', 'context: a', '', 'a'],
  ['one that is not there does not count', 'context: a', 'context: gone', 'a'],
  ['ours may be unset', 'context: ""', 'context: b', 'b'],
])('%s', (_, ours, theirs, expected) => {
  const { config } = parseTalosconfig(`${ours}\ncontexts: {a: {}}\n`).mergedWith(
    parseTalosconfig(`${theirs}\ncontexts: {b: {}}\n`),
  );
  expect(config.currentContext).toBe(expected);
});

test('an empty file takes all of another, and the other way round changes nothing', () => {
  const file = parseTalosconfig(kept);
  const { config, renames } = parseTalosconfig('').mergedWith(file);
  expect(renames).toEqual([]);
  expect(config.contexts.map((one) => one.settings())).toEqual(
    file.contexts.map((one) => one.settings()),
  );
  expect(config.currentContext).toBe('prod');
  expect(file.mergedWith(parseTalosconfig('')).config.toYaml()).toBe(kept);
  expect(file.mergedWith(parseTalosconfig('context: x\ncontexts: {}')).config.toYaml()).toBe(kept);
});

test('the text of the other may have another layout and aliases', () => {
  const other = parseTalosconfig(
    'b: &b {endpoints: [e]}\r\ncontexts:\r\n  x: *b\r\n  y: {<<: *b, nodes: [m]}\r\n',
  );
  const { config } = parseTalosconfig(written).mergedWith(other);
  expect(config.context('x').endpoints).toEqual(['e']);
  expect(config.context('y').settings()).toMatchObject({ endpoints: ['e'], nodes: ['m'] });
  expect(config.toYaml()).not.toMatch(/\r|[&*]b/);
});

test.each([
  [[], ['a', 'b'], ['a', 'b']],
  [['a'], ['a'], ['a-1']],
  [['a', 'a-1'], ['a'], ['a-2']],
  [
    ['a', 'a-1', 'a-3'],
    ['a', 'c'],
    ['a-2', 'c'],
  ],
  // The other file's own a-1 keeps its name, wherever it stands.
  [['a'], ['a', 'a-1'], ['a-2', 'a-1']],
  [['a'], ['a-1', 'a'], ['a-1', 'a-2']],
  [
    ['a', 'a-1'],
    ['a', 'a-1'],
    ['a-2', 'a-1-1'],
  ],
  [['__proto__'], ['__proto__', 'constructor'], ['__proto__-1', 'constructor']],
])('to %j come %j as %j', (taken, incoming, expected) => {
  expect([...mergedNames(taken, incoming)]).toEqual(incoming.map((name, i) => [name, expected[i]]));
  const { config } = names(...taken).mergedWith(names(...incoming));
  expect(config.contextNames).toEqual([...taken, ...expected]);
  expect(config.contexts.map(({ cluster }) => cluster)).toEqual(
    [...taken, ...incoming].map((name) => `of-${name}`),
  );
});
