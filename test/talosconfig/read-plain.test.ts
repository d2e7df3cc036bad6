import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOf } from '../../src/talosconfig/context.js';
import { parseTalosconfig } from '../../src/talosconfig/index.js';
import type { Place } from '../../src/talosconfig/place.js';
import { readPlain } from '../../src/talosconfig/read-plain.js';
import { type Content, readContent } from '../../src/talosconfig/yaml-contexts.js';
import { parseYaml } from '../../src/talosconfig/yaml-file.js';
import { kept, written } from './support.js';

const keys = ['endpoints', 'endpoints[1]', 'nodes', 'ca', 'crt', 'key', 'cluster', 'proxy-url'];

/** Everything that is read, with the place of each value. */
function all({ current, contexts }: Content): object {
  return {
    current,
    contexts: contexts.map((context) => ({
      name: context.name,
      settings: context.settings(),
      authentication: context.authentication,
      places: [...keys, 'auth.siderov1', 'no'].map((key): Place => context[placeOf](key)),
    })),
  };
}

function asYaml(text: string): Content {
  const { document, lineOf } = parseYaml(text, '/p');
  return readContent(document, { path: '/p', lineOf });
}

const word = fc.oneof(
  { weight: 40, arbitrary: fc.stringMatching(/^[A-Za-z0-9][\w+/=.@-]{0,8}$/) },
  fc.constantFrom(
    '10.0.0.2',
    'https://a.example:443',
    'true',
    '010',
    '1e3',
    'NULL',
    'a:',
    '-',
    '~',
  ),
);

const context = fc.record(
  {
    endpoints: fc.array(word, { minLength: 1, maxLength: 3 }),
    nodes: fc.array(word, { minLength: 1, maxLength: 2 }),
    ca: word,
    crt: word,
    key: word,
    identity: word,
    cluster: word,
    'proxy-url': word,
  },
  { requiredKeys: [] },
);

/** As Talos writes it, but that texts which need quotes get none. */
function textOf(current: string, contexts: readonly (readonly [string, object])[]): string {
  const lines = [`context: ${current}`, 'contexts:'];
  for (const [name, settings] of contexts) {
    lines.push(`    ${name}:`);
    for (const [key, value] of Object.entries(settings)) {
      if (key === 'identity') lines.push('        auth:', '            siderov1:');
      if (Array.isArray(value)) {
        lines.push(`        ${key}:`, ...value.map((item) => `            - ${item}`));
      } else lines.push(`        ${key === 'identity' ? '        ' : ''}${key}: ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

test('what it reads is what YAML says, place by place', () => {
  let read = 0;
  fc.assert(
    fc.property(word, fc.array(fc.tuple(word, context), { maxLength: 3 }), (current, contexts) => {
      const text = textOf(current, contexts);
      const content = readPlain(text, '/p');
      if (content === undefined) return;
      read += 1;
      expect(all(content)).toEqual(all(asYaml(text)));
    }),
    { numRuns: 600 },
  );
  expect(read).toBeGreaterThan(50);
});

test('a line changed anywhere is read as YAML reads it, or left to it', () => {
  const text = `${written}    lab:\n        endpoints:\n            - 10.1.0.2\n        auth:\n            siderov1:\n                identity: a@b.example\n        cluster: c\n`;
  const pieces = [
    '\n',
    ' ',
    '    ',
    '#',
    '"',
    ':',
    ': ',
    '- ',
    '&a ',
    '*a',
    '{',
    '[',
    '\t',
    '\r',
    '---\n',
    '~',
    '?',
    '|',
    '>',
    '!x ',
    '<<: ',
  ];
  let read = 0;
  for (let at = 0; at <= text.length; at += 1) {
    for (const piece of ['', ...pieces]) {
      const changed = text.slice(0, at) + piece + text.slice(piece === '' ? at + 1 : at);
      const content = readPlain(changed, '/p');
      if (content === undefined) continue;
      read += 1;
      expect(all(content), JSON.stringify(changed)).toEqual(all(asYaml(changed)));
    }
  }
  expect(read).toBeGreaterThan(300);
});

test('what Talos writes is read, and what people write is left to YAML', () => {
  expect(readPlain(written, undefined)?.contexts).toHaveLength(1);
  for (const text of [kept, '', 'contexts: {}\n', `${written}${written}`, `# a\n${written}`]) {
    expect(readPlain(text, undefined)).toBeUndefined();
  }
});

test('40,000 contexts are read', () => {
  const more = Array.from(
    { length: 40_000 },
    (_, at) =>
      `    c${at}:\n        endpoints:\n            - 10.0.0.2\n        ca: QUFB\n        crt: QUFB\n        key: QUFB\n`,
  );
  const text = `context: c7\ncontexts:\n${more.join('')}`;
  expect(readPlain(text, undefined)).toBeDefined();
  const config = parseTalosconfig(text);
  expect(config.contexts).toHaveLength(40_000);
  expect(config.context().endpoints).toEqual(['10.0.0.2']);
});
