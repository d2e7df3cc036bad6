import { expect, test } from 'vitest';
import { parseTalosconfig } from '../../src/talosconfig/index.js';
import { configErrorOf, kept, written } from './support.js';

test('reads what talosctl writes', () => {
  const config = parseTalosconfig(written);
  expect(config.currentContext).toBe('prod');
  expect(config.contextNames).toEqual(['prod']);
  const prod = config.context();
  expect(prod).toMatchObject({
    name: 'prod',
    endpoints: ['10.0.0.2', '10.0.0.3'],
    nodes: [],
    authentication: 'certificate',
    identity: undefined,
    cluster: undefined,
  });
  expect(Buffer.from(prod.settings().key ?? '', 'base64').toString()).toBe(
    '-----BEGIN ED25519 PRIVATE KEY-----\nKEY',
  );
});

test('reads what people write', () => {
  const config = parseTalosconfig(kept, { path: '/home/anna/talosconfig' });
  expect(config.path).toBe('/home/anna/talosconfig');
  expect(config.contextNames).toEqual(['prod', 'old lab', 'omni']);
  expect(config.context('prod').nodes).toEqual(['10.0.0.4', '10.0.0.5']);
  const lab = config.context('old lab');
  expect(lab.endpoints).toEqual(['lab.example']);
  expect(lab.authentication).toBe('basic');
  expect(lab.settings()).toMatchObject({
    basic: { username: 'anna', password: 'pass: word' },
    proxy: 'socks5://anna:word@proxy.example:1080',
  });
  expect(config.context('omni')).toMatchObject({
    endpoints: ['https://omni.example'],
    authentication: 'siderov1',
    identity: 'anna@example.com',
    cluster: 'talos-default',
  });
});

test('the endpoint of the old key target comes after the others', () => {
  const config = parseTalosconfig('contexts: {a: {target: t, endpoints: [e, t]}}');
  expect(config.context('a').endpoints).toEqual(['e', 't', 't']);
});

test.each([
  ['nothing', ''],
  ['blank lines', '\n  \n'],
  ['a comment', '# later\n'],
  ['a document mark', '---\n'],
  ['null', '~\n'],
  ['an empty map', '{}\n'],
  ['what talosctl creates', 'context: ""\ncontexts: {}\n'],
  ['keys without values', 'context:\ncontexts:\n'],
  ['keys of others', 'apiVersion: v1\nusers: []\n'],
])('a file with %s is a talosconfig without contexts', async (_, text) => {
  const config = parseTalosconfig(text, { path: '/p' });
  expect(config.contexts).toEqual([]);
  expect(config.currentContext).toBeUndefined();
  expect(config.toYaml()).toBe(text);
  const error = await configErrorOf(() => config.context());
  expect(error).toMatchObject({ path: '/p', field: 'contexts' });
});

test.each([
  ['CRLF', written.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\ufeff${written}`],
  ['a byte order mark in bytes', Buffer.from(`\ufeff${written}`)],
  ['bytes', Buffer.from(written)],
  ['document marks', `%YAML 1.1\n---\n${written}...\n`],
  ['tabs between tokens', written.replaceAll(': ', ':\t').replaceAll('\n', '\t\n')],
  ['no newline at the end', written.trimEnd()],
  [
    'a certificate folded over lines',
    written.replace('LS0tLS1CRUdJTi', '>-\n            LS0tLS1CRUdJTi'),
  ],
  [
    'JSON',
    JSON.stringify({
      context: 'prod',
      contexts: { prod: { ...parseTalosconfig(written).context().settings(), nodes: undefined } },
    }),
  ],
])('reads a file with %s', (_, text) => {
  const config = parseTalosconfig(text);
  expect(config.context().settings()).toEqual(parseTalosconfig(written).context().settings());
});

test('values are read as they are written, whatever type YAML gives them', () => {
  const config = parseTalosconfig(`
context: 1.10
contexts:
  1.10: {endpoints: [1, 0x1F, true, 2020-01-01, 1e3, ~, "null"], cluster: 012}
  yes: {cluster: !!str 5, nodes: ~, auth: ~}
  no:
`);
  expect(config.contextNames).toEqual(['1.10', 'yes', 'no']);
  expect(config.context()).toMatchObject({
    endpoints: ['1', '0x1F', 'true', '2020-01-01', '1e3', '', 'null'],
    cluster: '012',
  });
  expect(config.context('yes')).toMatchObject({ cluster: '5', nodes: [], authentication: 'none' });
  expect(config.context('no')).toMatchObject({ endpoints: [], nodes: [] });
});

test('empty values are absent ones', () => {
  const config = parseTalosconfig(`contexts:
  a: {target: "", ca: "", crt: "", key: "", cluster: "", proxy-url: "", auth: {basic: ~, siderov1: ~}}
  b: {auth: {siderov1: {}}}
  c: {auth: {basic: {}}}
`);
  const { ca, crt, key, basic, proxy } = config.context('a').settings();
  expect({ ca, crt, key, basic, proxy }).toEqual({});
  expect(config.context('a')).toMatchObject({
    endpoints: [],
    cluster: undefined,
    identity: undefined,
  });
  // As for Talos, the map alone says how to authenticate.
  expect(config.context('b')).toMatchObject({ authentication: 'siderov1', identity: '' });
  expect(config.context('c').settings().basic).toEqual({ username: '', password: '' });
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '<<', 'a.b', '🙂', 'null'])(
  'a context may be called %s',
  (name) => {
    const config = parseTalosconfig(
      `context: "${name}"\ncontexts:\n  "${name}":\n    endpoints: [e]\n`,
    );
    expect(config.context().endpoints).toEqual(['e']);
    expect(config.context(name).name).toBe(name);
    expect(({} as Record<string, unknown>).endpoints).toBeUndefined();
  },
);

test('keys called like parts of every object are not found where they are not written', async () => {
  const config = parseTalosconfig('contexts: {a: {}}');
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect((await configErrorOf(() => config.context(name))).field).toBe('contexts');
  }
});

test('anchors, aliases and merge keys are followed, as Talos follows them', () => {
  const config = parseTalosconfig(`
base: &base {endpoints: &e [10.0.0.2], ca: &ca CA, nodes: [n]}
more: &more {cluster: m, ca: other}
current: &name b
context: *name
contexts:
  a: *base
  b: {<<: *base, nodes: [x], key: *ca}
  c:
    <<: [*base, *more]
  d: {endpoints: *e, <<: {cluster: inline}}
  e: {"<<": text}
  &f f: {cluster: *ca}
`);
  expect(config.currentContext).toBe('b');
  expect(config.context('a').settings()).toMatchObject({
    endpoints: ['10.0.0.2'],
    ca: 'CA',
    nodes: ['n'],
  });
  expect(config.context('b').settings()).toMatchObject({
    endpoints: ['10.0.0.2'],
    ca: 'CA',
    nodes: ['x'],
    key: 'CA',
  });
  expect(config.context('c').settings()).toMatchObject({ ca: 'CA', cluster: 'm', nodes: ['n'] });
  expect(config.context('d').settings()).toMatchObject({
    endpoints: ['10.0.0.2'],
    cluster: 'inline',
  });
  expect(config.context('e').cluster).toBeUndefined();
  expect(config.context('f').cluster).toBe('CA');
});

test('an anchor set twice stands for the last value before the alias', () => {
  const config = parseTalosconfig(
    'x: [&a one, &a two]\ncontexts: {c: {cluster: *a}}\ny: &a three\n',
  );
  expect(config.context('c').cluster).toBe('two');
});

test.each([
  ['a text', 'hello', undefined, 1, 'not text'],
  ['a list', '- context: a', undefined, 1, 'not a list'],
  ['contexts that are a list', 'contexts:\n- a\n', 'contexts', 2, 'not a list'],
  ['contexts that are text', 'context: a\ncontexts: a\n', 'contexts', 2, 'not text'],
  ['a current context that is a map', 'context: {a: b}\n', 'context', 1, 'not a map'],
  ['a context that is a list', 'contexts:\n  a: [x]\n', 'contexts.a', 2, 'not a list'],
  ['a context without a name', 'contexts:\n  "": {}\n', 'contexts', 2, 'name'],
  ['a context called null', 'contexts:\n  ~: {}\n', 'contexts', 2, 'name'],
  ['a context named by a list', 'contexts:\n  ? [a]\n  : {}\n', 'contexts', undefined, 'name'],
  [
    'endpoints that are text',
    'contexts:\n  a:\n    endpoints: e\n',
    'contexts.a.endpoints',
    3,
    'not text',
  ],
  [
    'an endpoint that is a map',
    'contexts:\n  a:\n    endpoints:\n    - x\n    - b: c\n',
    'contexts.a.endpoints[1]',
    5,
    'not a map',
  ],
  [
    'nodes that are a map',
    'contexts:\n  a.b:\n    nodes: {}\n',
    'contexts["a.b"].nodes',
    3,
    'not a map',
  ],
  [
    'a target that is a list',
    'contexts:\n  a:\n    target: [x]\n',
    'contexts.a.target',
    3,
    'not a list',
  ],
  ['a ca that is a list', 'contexts:\n  a:\n    ca: [x]\n', 'contexts.a.ca', 3, 'not a list'],
  [
    'a key that is a map',
    'contexts:\n  a:\n    key:\n      x: y\n',
    'contexts.a.key',
    4,
    'not a map',
  ],
  ['auth that is text', 'contexts:\n  a:\n    auth: x\n', 'contexts.a.auth', 3, 'not text'],
  [
    'basic that is text',
    'contexts: {a: {auth: {basic: x}}}',
    'contexts.a.auth.basic',
    1,
    'not text',
  ],
  [
    'a password that is a list',
    'contexts: {a: {auth: {basic: {password: []}}}}',
    'contexts.a.auth.basic.password',
    1,
    'not a list',
  ],
  [
    'an identity that is a map',
    'contexts: {a: {auth: {siderov1: {identity: {}}}}}',
    'contexts.a.auth.siderov1.identity',
    1,
    'not a map',
  ],
  ['a merge of text', 'contexts:\n  a:\n    <<: x\n', undefined, 3, '<<'],
])('%s is an error that says where', async (_, text, field, line, reason) => {
  const error = await configErrorOf(() => parseTalosconfig(text, { path: '/p/config' }));
  expect(error).toMatchObject({ path: '/p/config', field });
  expect(error.message).toContain(reason);
  expect(error.message).toMatch(
    line === undefined
      ? /^talosconfig \/p\/config: /
      : new RegExp(`^talosconfig /p/config, line ${line}: `),
  );
  const unnamed = await configErrorOf(() => parseTalosconfig(text));
  expect(
    unnamed.message.startsWith(
      line === undefined ? 'talosconfig: ' : `talosconfig, line ${line}: `,
    ),
  ).toBe(true);
});

test.each([
  ['a key twice', 'context: a\ncontext: b\n', 2, 'twice'],
  ['a context twice', 'contexts:\n  a: {}\n  b: {}\n  "a": {}\n', 4, 'twice'],
  ['a setting twice', 'contexts:\n  a:\n    ca: x\n    ca: y\n', 4, 'twice'],
  ['tabs as indentation', 'contexts:\n\ta:\n\t\tendpoints: []\n', 2, 'tab'],
  ['two documents', 'context: a\n---\ncontext: b\n', 2, 'one document'],
  ['an open quote', 'context: "a\n', 2, 'quote'],
  ['an open bracket', 'contexts: {a: {}\n', 2, 'YAML'],
  ['a reserved character', 'context: @a\n', 1, 'reserved'],
  ['a key without a colon', 'context: a\ncontexts\n', 2, 'missing'],
  ['an unknown escape', 'context: "\\q"\n', 1, 'escape'],
  ['lines that do not line up', 'contexts:\n    a:\n        ca: x\n      key: y\n', 4, 'YAML'],
  ['an alias of nothing', 'contexts: *a\n', 1, 'alias'],
  ['an alias of what comes later', 'context: *a\nx: &a b\n', 1, 'alias'],
  ['an alias inside its anchor', 'contexts: &a\n  b: *a\n', 2, 'contains'],
  ['a merge of itself', 'contexts: &a\n  <<: *a\n', 2, 'contains'],
])('%s is an error with a line', async (_, text, line, reason) => {
  const error = await configErrorOf(() => parseTalosconfig(text, { path: '/p' }));
  expect(error.path).toBe('/p');
  expect(error.message).toContain(reason);
  expect(error.message).toContain(`line ${line}:`);
});

test.each([
  ['lists', (depth: number) => `x: ${'['.repeat(depth)}${']'.repeat(depth)}`],
  ['open lists', (depth: number) => `x: ${'['.repeat(depth)}`],
  [
    'maps',
    (depth: number) => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
  ],
])('%s nested without end are an error, not a crash', async (_, nested) => {
  for (const depth of [70, 1_000, 2_000]) {
    await configErrorOf(() => parseTalosconfig(nested(depth)));
  }
});

test('aliases that multiply are an error, not an exhausted memory', async () => {
  const levels = Array.from(
    { length: 30 },
    (_, i) => `a${i}: &a${i} [${Array(9).fill(i === 0 ? 'x' : `*a${i - 1}`)}]`,
  );
  const error = await configErrorOf(() => parseTalosconfig(levels.join('\n')));
  expect(error.message).toMatch(/line 6: aliases would add more than \d+ values/);
  const merges = Array.from(
    { length: 30 },
    (_, i) => `m${i}: &m${i} {${i === 0 ? 'k: v' : `<<: [${Array(9).fill(`*m${i - 1}`)}]`}}`,
  );
  expect((await configErrorOf(() => parseTalosconfig(merges.join('\n')))).message).toContain(
    'aliases',
  );
});

test.each([
  ['a NUL', '\0'],
  ['an escape', '\u001b'],
  ['a next line', '\u0085'],
  ['a line separator', '\u2028'],
  ['a second byte order mark', '\ufeff'],
  ['half a character', '\ud83d'],
  ['a carriage return alone', '\r'],
])('%s is an error, since not all parsers read it alike', async (_, character) => {
  const error = await configErrorOf(() => parseTalosconfig(`context: a\n# b${character}c\n`));
  expect(error.message).toContain('line 2: holds a control character');
});

test('hundreds of contexts may share a part', () => {
  const contexts = Array.from({ length: 500 }, (_, i) => `  c${i}: {<<: *base, cluster: k${i}}`);
  const config = parseTalosconfig(
    `base: &base {endpoints: [a, b]}\ncontexts:\n${contexts.join('\n')}\n`,
  );
  expect(config.contexts).toHaveLength(500);
  expect(config.context('c499')).toMatchObject({ endpoints: ['a', 'b'], cluster: 'k499' });
});

test('no error quotes the values of the file', async () => {
  const secret = 'SECRETsecretSECRET';
  const broken = [
    `contexts:\n  a:\n    key: "${secret}\n`,
    `contexts:\n  a:\n    key: ${secret}\n      x: y\n`,
    `contexts:\n  a:\n    key ${secret}\n`,
    `contexts:\n  a:\n    key: '${secret}'${secret}\n`,
    `contexts:\n  a:\n    key: [${secret}\n`,
    `contexts:\n  a:\n    key: [${secret}]\n`,
    `contexts:\n  a:\n    key: {${secret}: ${secret}}\n`,
    `contexts:\n  a:\n    key: *${secret}\n`,
    `contexts:\n  a:\n    key: !${secret} {a: b}\n`,
    `contexts:\n  a:\n    key: &x ${secret}\n    key: ${secret}\n`,
    `contexts:\n  a:\n    <<: ${secret}\n`,
    `contexts:\n  a:\n    auth: {basic: {username: a, password: {${secret}: ${secret}}}}\n`,
    `contexts:\n  a:\n    auth: {basic: ${secret}}\n`,
    `contexts:\n\tkey: ${secret}\n`,
    `key: "\\q${secret}"\n`,
    `key: %${secret}\n  @${secret}\n`,
    `%YAML ${secret}\n---\na: [\n`,
    `key: |${secret}\n  a\n`,
    `key: >\n ${secret}\n${secret}\n`,
    secret,
  ];
  for (const text of broken) {
    const error = await configErrorOf(() => parseTalosconfig(text, { path: '/p' }));
    let cause: unknown = error;
    while (cause instanceof Error) {
      expect(`${cause.stack}${JSON.stringify(cause)}`).not.toContain(secret);
      cause = cause.cause;
    }
  }
});

test('names in errors are cut when they are long, since they may be misplaced keys', async () => {
  const long = 'LS0tLS1CRUdJTiBFRDI1NTE5IFBSSVZBVEUgS0VZLS0tLS0K'.repeat(3);
  const error = await configErrorOf(() => parseTalosconfig(`contexts:\n  ${long}: x\n`));
  expect(`${error.message}${error.field}`).not.toContain(long.slice(0, 64));
  const config = parseTalosconfig(`contexts:\n  ${long}: {}\n`);
  const unknown = await configErrorOf(() => config.context('x'));
  expect(unknown.message).not.toContain(long.slice(0, 64));
});

test('choosing a context says which there are', async () => {
  const config = parseTalosconfig('context: gone\ncontexts: {a: {}, b: {}}', { path: '/p' });
  const gone = await configErrorOf(() => config.context());
  expect(gone).toMatchObject({ path: '/p', field: 'context' });
  expect(gone.message).toContain('"gone"');
  expect(gone.message).toContain('"a", "b"');
  const none = await configErrorOf(() => parseTalosconfig('contexts: {a: {}, b: {}}').context());
  expect(none.field).toBe('context');
  expect(none.message).toContain('"a", "b"');
  const names = Array.from({ length: 30 }, (_, i) => `c${i}: {}`);
  const many = await configErrorOf(() => parseTalosconfig(`contexts: {${names}}`).context('x'));
  expect(many.message).toContain('20 more');
});

test('what is read cannot be changed in place', () => {
  const config = parseTalosconfig(kept);
  const { endpoints } = config.context();
  expect(() => (endpoints as string[]).push('x')).toThrow(TypeError);
  expect(() => (config.contexts as unknown[]).pop()).toThrow(TypeError);
  const settings = config.context().settings();
  expect(() => Object.assign(settings, { key: 'x' })).toThrow(TypeError);
  expect(() => (settings.nodes as string[]).pop()).toThrow(TypeError);
  const { basic } = config.context('old lab').settings();
  expect(() => Object.assign(basic ?? {}, { password: 'x' })).toThrow(TypeError);
});
