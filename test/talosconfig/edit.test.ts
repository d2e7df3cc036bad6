import { describe, expect, test } from 'vitest';
import {
  type ContextChanges,
  parseTalosconfig,
  type Talosconfig,
} from '../../src/talosconfig/index.js';
import { configErrorOf, kept, written } from './support.js';

const pem = '-----BEGIN CERTIFICATE-----\r\nAAEC\r\n-----END CERTIFICATE-----\r\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the rest of the file stays as it is when', () => {
  const config = parseTalosconfig(kept, { path: '/p' });

  test('nothing changes', () => {
    expect(config.toYaml()).toBe(kept);
    expect(config.withRenamedContext('prod', 'prod').toYaml()).toBe(kept);
  });

  test('another context becomes the current one', () => {
    const changed = config.withCurrentContext('omni');
    expect(changed.toYaml()).toBe(kept.replace('context: prod #', 'context: omni #'));
    expect(changed.currentContext).toBe('omni');
    expect(changed.path).toBe('/p');
    expect(config.currentContext).toBe('prod');
  });

  test('a context gets another name', () => {
    expect(config.withRenamedContext('prod', 'production').toYaml()).toBe(
      kept.replace('context: prod #', 'context: production #').replace('  prod:', '  production:'),
    );
    expect(config.withRenamedContext('old lab', 'new lab').toYaml()).toBe(
      kept.replace('"old lab"', '"new lab"'),
    );
  });

  test('a context goes', () => {
    const start = kept.indexOf('  "old lab":');
    const end = kept.indexOf('  omni:');
    expect(config.withoutContext('old lab').toYaml()).toBe(
      `${kept.slice(0, start).trimEnd()}\n${kept.slice(end)}`,
    );
  });

  test('the current context goes, and then none is current', async () => {
    const changed = config.withoutContext('prod');
    expect(changed.contextNames).toEqual(['old lab', 'omni']);
    expect(changed.currentContext).toBeUndefined();
    expect(changed.toYaml()).toContain('\ncontext: "" # the big one\n');
    expect((await configErrorOf(() => changed.context())).field).toBe('context');
  });

  test('all contexts go', () => {
    const changed = config.contextNames.reduce((rest, name) => rest.withoutContext(name), config);
    expect(changed.contexts).toEqual([]);
    expect(changed.toYaml()).toContain('x-owner: ops');
    const again = changed.withContext('new', { endpoints: ['e'] });
    expect(again.context('new').endpoints).toEqual(['e']);
  });

  test('a setting changes', () => {
    const other = base64('-----BEGIN X');
    expect(config.withUpdatedContext('prod', { crt: other }).toYaml()).toBe(
      kept.replace(/crt: .*/, `crt: ${other}`),
    );
    expect(config.withUpdatedContext('omni', { cluster: 'two' }).toYaml()).toBe(
      kept.replace('talos-default', 'two'),
    );
    expect(config.withUpdatedContext('omni', { identity: 'b@c.d' }).toYaml()).toBe(
      kept.replace('anna@example.com', 'b@c.d'),
    );
    expect(
      config
        .withUpdatedContext('old lab', { basic: { username: 'bo', password: "it's" } })
        .toYaml(),
    ).toBe(kept.replace('username: anna', 'username: bo').replace("'pass: word'", "'it''s'"));
  });

  test('endpoints change, of which some keep their comments', () => {
    expect(
      config.withUpdatedContext('prod', { endpoints: ['10.0.0.3', '10.0.0.9'] }).toYaml(),
    ).toBe(
      kept
        .replace('      - 10.0.0.2 # cp-1\n', '')
        .replace('10.0.0.3\n', '10.0.0.3\n      - 10.0.0.9\n'),
    );
    expect(config.withUpdatedContext('prod', { nodes: ['cp'] }).toYaml()).toBe(
      kept.replace('[10.0.0.4, 10.0.0.5]', '[cp]'),
    );
  });

  test('a setting goes', () => {
    expect(config.withUpdatedContext('prod', { nodes: null }).toYaml()).toBe(
      kept.replace(/ {4}nodes: .*\n/, ''),
    );
    expect(config.withUpdatedContext('prod', { nodes: [] }).toYaml()).toBe(
      kept.replace(/ {4}nodes: .*\n/, ''),
    );
    expect(config.withUpdatedContext('old lab', { proxy: null }).toYaml()).toBe(
      kept.replace(/ {4}proxy-url: .*\n/, ''),
    );
    expect(config.withUpdatedContext('omni', { identity: null }).toYaml()).toBe(
      kept.replace(/ {4}auth:\n {6}siderov1:\n {8}identity: .*\n/, ''),
    );
  });

  test('nothing is asked for', () => {
    expect(config.withUpdatedContext('prod', {}).toYaml()).toBe(kept);
    const nothing = { ca: undefined, nodes: undefined, basic: undefined, cluster: undefined };
    expect(config.withUpdatedContext('prod', nothing).toYaml()).toBe(kept);
  });
});

test('a changed file keeps the indentation, brackets and line ends it had', () => {
  const styles = [
    written,
    written.replaceAll('    ', '  '),
    written.replaceAll('    ', '   '),
    written.replaceAll('\n', '\r\n'),
    kept.replaceAll('\n', '\r\n'),
    'context: a\ncontexts:\n  a:\n    endpoints:\n    - e\n    x: [1, 2]\n  b:\n    endpoints: []\n',
    'context: a\ncontexts:\n  a:\n    endpoints: [ e ]\n  b: { endpoints: [ f ] }\n',
  ];
  for (const text of styles) {
    const config = parseTalosconfig(text);
    const name = config.currentContext ?? '';
    const there = config.withUpdatedContext(name, { cluster: 'c' });
    const back = there.withUpdatedContext(name, { cluster: null });
    expect(there.toYaml()).not.toBe(text);
    expect(back.toYaml()).toBe(text);
  }
});

test('a long certificate stays on its line', () => {
  const long = base64(`-----BEGIN CERTIFICATE-----\n${'A'.repeat(5000)}`);
  const config = parseTalosconfig('').withContext('a', { endpoints: [], ca: long });
  expect(config.toYaml()).toContain(`        ca: ${long}\n`);
});

test('a file begun from nothing looks like one of talosctl', () => {
  const config = parseTalosconfig('')
    .withContext('prod', {
      endpoints: ['10.0.0.2', '10.0.0.3'],
      ca: '-----BEGIN CERTIFICATE-----\nCA',
      crt: Buffer.from('-----BEGIN CERTIFICATE-----\nCRT'),
      key: base64('-----BEGIN ED25519 PRIVATE KEY-----\nKEY'),
    })
    .withCurrentContext('prod');
  expect(config.toYaml()).toBe(written);
});

test.each([
  '',
  '# mine\n',
  'context: ""\ncontexts: {}\n',
  '{}',
  'contexts:\n',
  'contexts: # none yet\n',
  '---\n',
])('the first context can be added to %j', (text) => {
  const config = parseTalosconfig(text).withContext('a', { endpoints: ['e'] });
  expect(config.toYaml()).toContain('contexts:');
  expect(config.toYaml()).toContain('    a:\n        endpoints:\n            - e\n');
  const comment = /#.*/.exec(text)?.[0];
  if (comment !== undefined) expect(config.toYaml()).toContain(comment);
  expect(config.currentContext).toBeUndefined();
  expect(config.withCurrentContext('a').toYaml()).toMatch(
    /^(---\n)?(# mine\n\n)?context: a\ncontexts:/,
  );
});

test('all settings can be written and read back', () => {
  const settings = {
    endpoints: ['e', 'https://f'],
    nodes: ['n', '2001:db8::1'],
    ca: base64(pem),
    crt: base64(pem),
    key: base64(pem),
    basic: { username: 'u', password: '' },
    identity: 'a@b.c',
    cluster: 'c',
    proxy: 'direct',
  };
  const config = parseTalosconfig(kept).withContext('x', settings);
  expect(config.context('x').settings()).toEqual(settings);
  const copy = parseTalosconfig('').withContext('z', config.context('x').settings());
  expect(copy.context('z').settings()).toEqual(settings);
  const none: ContextChanges = {
    endpoints: [],
    nodes: null,
    ca: null,
    crt: null,
    key: null,
    basic: null,
    identity: null,
    cluster: null,
    proxy: null,
  };
  expect(copy.withUpdatedContext('z', none).toYaml()).toBe(
    'context: ""\ncontexts:\n    z:\n        endpoints: []\n',
  );
});

test('PEM text is kept byte for byte, whatever form it comes in', () => {
  const odd = `Größe\r\n${pem}`;
  const forms = [
    odd,
    Buffer.from(odd),
    new Uint8Array(Buffer.from(odd)),
    base64(odd),
    ` ${base64(odd).replace(/(.{20})/g, '$1\n')}`,
    Buffer.from(base64(odd)),
  ];
  for (const ca of forms) {
    const config = parseTalosconfig('').withContext('a', { endpoints: [], ca });
    expect(config.context('a').settings().ca).toBe(base64(odd));
  }
});

test('endpoints that are set take the place of the old key target too', () => {
  const config = parseTalosconfig(
    'contexts:\n  a:\n    target: old # c\n    endpoints:\n      - e\n',
  );
  const changed = config.withUpdatedContext('a', { endpoints: ['e', 'old'] });
  expect(changed.context('a').endpoints).toEqual(['e', 'old']);
  expect(changed.toYaml()).not.toContain('target');
  expect(config.withUpdatedContext('a', { nodes: ['n'] }).toYaml()).toContain('target: old # c');
});

test.each([
  'true',
  'null',
  '~',
  '1.10',
  '0x1F',
  '1e3',
  '2020-01-01',
  'yes',
  'y',
  '<<',
  '=',
  '12:30:45',
  '-',
  '- a',
  'a: b',
  '#c',
  "'",
  '"',
  '@a',
  '`',
  '%',
  '&a',
  '*a',
  '!a',
  '|',
  '>',
  '?',
  ' a ',
  '\u00a0',
  '__proto__',
  '[a]',
  '{a}',
  'a#b',
  ':',
  '-1',
  '.5',
  '.inf',
  '🙂',
  'é',
  '\\',
  'a\\nb',
])('a text such as %j comes back as it was, as name and as value', (text) => {
  const config = parseTalosconfig(kept)
    .withContext(text, {
      endpoints: [text],
      nodes: [text, text],
      cluster: text,
      basic: { username: text, password: text },
    })
    .withCurrentContext(text);
  for (const one of [config, parseTalosconfig(config.toYaml())]) {
    expect(one.currentContext).toBe(text);
    expect(one.context().settings()).toMatchObject({
      endpoints: [text],
      nodes: [text, text],
      cluster: text,
      basic: { username: text, password: text },
    });
    expect(one.contextNames).toEqual(['prod', 'old lab', 'omni', text]);
  }
  expect(config.withRenamedContext('prod', `${text}x`).context(`${text}x`).nodes).toHaveLength(2);
});

test('a change to a context with an alias does not reach the others', () => {
  const text = `base: &base
  endpoints: &e [a] # shared
contexts:
  one: &one
    <<: *base
    x-unknown: 1
  two: *one
  three: {endpoints: *e}
`;
  const config = parseTalosconfig(text);
  expect(config.toYaml()).toBe(text);
  const changed = config.withUpdatedContext('two', { endpoints: ['b'] }).withoutContext('one');
  expect(changed.context('two').endpoints).toEqual(['b']);
  expect(changed.context('three').endpoints).toEqual(['a']);
  expect(changed.toYaml()).not.toMatch(/[&*]|<</);
  expect(changed.toYaml()).toContain('x-unknown: 1');
  expect(changed.toYaml()).toContain('# shared');
});

test.each([
  ['an unknown context is updated', (c: Talosconfig) => c.withUpdatedContext('x', {}), 'contexts'],
  ['an unknown context is removed', (c: Talosconfig) => c.withoutContext('x'), 'contexts'],
  ['an unknown context is renamed', (c: Talosconfig) => c.withRenamedContext('x', 'y'), 'contexts'],
  ['an unknown context is chosen', (c: Talosconfig) => c.withCurrentContext('x'), 'contexts'],
  [
    'a name is taken',
    (c: Talosconfig) => c.withContext('omni', { endpoints: [] }),
    'contexts.omni',
  ],
  [
    'a new name is taken',
    (c: Talosconfig) => c.withRenamedContext('prod', 'omni'),
    'contexts.omni',
  ],
  ['a name is empty', (c: Talosconfig) => c.withContext('', { endpoints: [] }), 'name'],
  ['a name has two lines', (c: Talosconfig) => c.withContext('a\nb', { endpoints: [] }), 'name'],
  [
    'a name is half a character',
    (c: Talosconfig) => c.withRenamedContext('prod', '\ud83d'),
    'name',
  ],
  ['a name is no text', (c: Talosconfig) => c.withContext(1 as never, { endpoints: [] }), 'name'],
  [
    'endpoints are missing',
    (c: Talosconfig) => c.withContext('x', {} as never),
    'contexts.x.endpoints',
  ],
  [
    'endpoints are text',
    (c: Talosconfig) => c.withUpdatedContext('prod', { endpoints: 'e' as never }),
    'contexts.prod.endpoints',
  ],
  [
    'endpoints are null',
    (c: Talosconfig) => c.withUpdatedContext('prod', { endpoints: null as never }),
    'contexts.prod.endpoints',
  ],
  [
    'an endpoint is empty',
    (c: Talosconfig) => c.withUpdatedContext('prod', { endpoints: ['e', ''] }),
    'contexts.prod.endpoints[1]',
  ],
  [
    'a node is a number',
    (c: Talosconfig) => c.withUpdatedContext('prod', { nodes: [1 as never] }),
    'contexts.prod.nodes[0]',
  ],
  [
    'a ca is no PEM',
    (c: Talosconfig) => c.withUpdatedContext('prod', { ca: 'SECRET' }),
    'contexts.prod.ca',
  ],
  [
    'a key is base64 of something',
    (c: Talosconfig) => c.withUpdatedContext('prod', { key: base64('SECRET') }),
    'contexts.prod.key',
  ],
  [
    'a crt is bytes of something',
    (c: Talosconfig) => c.withUpdatedContext('prod', { crt: Buffer.from('SECRET') }),
    'contexts.prod.crt',
  ],
  [
    'a crt is empty',
    (c: Talosconfig) => c.withUpdatedContext('prod', { crt: '' }),
    'contexts.prod.crt',
  ],
  [
    'a key is an object',
    (c: Talosconfig) => c.withUpdatedContext('prod', { key: {} as never }),
    'contexts.prod.key',
  ],
  [
    'a cluster is empty',
    (c: Talosconfig) => c.withUpdatedContext('prod', { cluster: '' }),
    'contexts.prod.cluster',
  ],
  [
    'a proxy has a control character',
    (c: Talosconfig) => c.withUpdatedContext('prod', { proxy: 'SECRET\u0007' }),
    'contexts.prod.proxy-url',
  ],
  [
    'a password has two lines',
    (c: Talosconfig) =>
      c.withUpdatedContext('old lab', { basic: { username: 'u', password: 'SECRET\n' } }),
    'contexts["old lab"].auth.basic.password',
  ],
  [
    'a user name is missing',
    (c: Talosconfig) => c.withUpdatedContext('omni', { basic: { password: 'SECRET' } as never }),
    'contexts.omni.auth.basic.username',
  ],
  [
    'an identity has a line separator',
    (c: Talosconfig) => c.withUpdatedContext('omni', { identity: 'a\u2028' }),
    'contexts.omni.auth.siderov1.identity',
  ],
])('it is an error that names the field when %s', async (_, edit, field) => {
  const error = await configErrorOf(() => edit(parseTalosconfig(kept)));
  expect(error.field).toBe(field);
  expect(error.message).not.toContain('SECRET');
});

test('an error in a changed talosconfig names no line, since the file has others', async () => {
  const config = parseTalosconfig('context: a\ncontexts: {a: {}}\n', { path: '/p' });
  const changed = config.withContext('b', { endpoints: [] }).withoutContext('a');
  const error = await configErrorOf(() => changed.context());
  expect(error.message).not.toContain('line');
});

test('a file whose values a change would alter is not changed', async () => {
  const odd = 'contexts:\n  a:\n    cluster: |2- # c\n    # d\n    nodes: [x]\n';
  const config = parseTalosconfig(odd, { path: '/p' });
  expect(config.toYaml()).toBe(odd);
  const error = await configErrorOf(() => config.withContext('b', { endpoints: [] }));
  expect(error.path).toBe('/p');
  expect(error.message).toContain('written so oddly');
});
