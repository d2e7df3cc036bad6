import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diffMachineConfigs } from '../../../src/machine-config/compare/diff-machine-configs.js';
import { redact } from '../../../src/machine-config/compare/redact.js';
import { formatMachineConfig } from '../../../src/machine-config/format-config.js';
import { parseMachineConfig } from '../../../src/machine-config/parse/parse.js';
import { patchMachineConfig } from '../../../src/machine-config/patch/patch-machine-config.js';

const vectors = new URL('../vectors/', import.meta.url);
const generated = readdirSync(new URL('gen-config/', vectors), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => [path, readFileSync(new URL(`gen-config/${path}`, vectors), 'utf8')] as const);

/** Every secret of the bundle that the generated configurations were made from. */
const secrets = [
  ...readFileSync(new URL('secrets.yaml', vectors), 'utf8').matchAll(/^ *(\w+): (\S+)$/gm),
]
  .filter(([, key]) => key !== 'id' && key !== 'crt')
  .map(([, , value = '']) => value)
  .flatMap((value) => {
    const text = Buffer.from(value, 'base64').toString();
    // Some documents have the PEM itself, set in.
    return text.includes('PRIVATE KEY') ? [value, ...text.split('\n').slice(1, -2)] : [value];
  });

/** The lines of a configuration, but for the encryption of etcd, of which everything is hidden. */
function withoutEncryption(text: string): string[] {
  return text
    .split('---\n')
    .filter((document) => !document.includes('kind: KubeEtcdEncryptionConfig'))
    .flatMap((document) => document.split('\n'));
}

function isSecretLine(line: string): boolean {
  return /PRIVATE KEY|: \|$/.test(line) || secrets.some((secret) => line.includes(secret));
}

const hidden = (text: string) => formatMachineConfig(redact(parseMachineConfig(text)));

describe('generated configurations', () => {
  it('there are some, and secrets to look for', () => {
    expect(generated.length).toBeGreaterThan(30);
    expect(secrets.length).toBeGreaterThan(10);
  });

  it.each(generated)('%s shows no secret, and everything else', (_, text) => {
    const config = parseMachineConfig(text);
    const shown = hidden(text);
    const { text: diff } = diffMachineConfigs(undefined, config);
    for (const secret of secrets) {
      expect(shown).not.toContain(secret);
      expect(diff).not.toContain(secret);
    }
    const shownLines = new Set(withoutEncryption(shown));
    for (const line of withoutEncryption(text).filter((each) => !shownLines.has(each))) {
      expect([line, isSecretLine(line)]).toEqual([line, true]);
    }
  });
});

describe('what the types mark', () => {
  const head = 'apiVersion: v1alpha1\nkind: ';

  it('is hidden whatever it looks like, but for empty texts', () => {
    expect(
      hidden('machine: {token: a, ca: {crt: QQ==, key: ""}}\ncluster: {secret: b, id: c}\n'),
    ).toBe(hidden('machine: {token: z, ca: {crt: QQ==, key: ""}}\ncluster: {secret: y, id: c}\n'));
    expect(hidden('machine: {ca: {crt: QQ==, key: ""}}\n')).toContain('key: ""');
    expect(
      hidden(
        `${head}VolumeConfig\nname: STATE\nencryption: {keys: [{slot: 0, static: {passphrase: p}}]}\n`,
      ),
    ).toContain('passphrase: <redacted>');
  });

  it('is hidden in free mappings as a whole', () => {
    const text = hidden(
      `${head}KubeEtcdEncryptionConfig\nconfig: {resources: [{providers: [{secretbox: {keys: [{secret: abc}]}}]}], n: 5}\n`,
    );
    expect(text).toContain('secret: <redacted>');
    expect(text).toContain("'n': <redacted>");
  });

  it('leaves public keys, ids and addresses in the fields that are for them', () => {
    const key = randomBytes(32).toString('base64');
    const text = `${head}WireguardConfig\nname: wg0\nprivateKey: ${key}\npeers: [{publicKey: ${key}, endpoint: "10.0.0.1:51820"}]\n`;
    const shown = hidden(text);
    expect(shown).toContain('privateKey: <redacted>');
    expect(shown).toContain(`publicKey: ${key}`);
    expect(shown).toContain('10.0.0.1:51820');
  });
});

describe('what looks like a secret', () => {
  const head = 'apiVersion: v1alpha1\nkind: ';
  const key = randomBytes(32).toString('base64');

  it.each([
    ['in files', `machine: {files: [{path: /a, op: create, content: "x ${key}"}]}\n`],
    ['in variables', `machine: {env: {ANY: "${key}", http_proxy: "http://u:p@h:1"}}\n`],
    ['in flags', `cluster: {apiServer: {extraArgs: {any: ["${key}"]}}}\n`],
    ['in free mappings', `machine: {kubelet: {extraConfig: {any: [{thing: "${key}"}]}}}\n`],
    ['in environments', `${head}ExtensionServiceConfig\nname: e\nenvironment: ["ANY=${key}"]\n`],
    [
      'in contents',
      `${head}ExtensionServiceConfig\nname: e\nconfigFiles: [{mountPath: /a, content: "k=${key}"}]\n`,
    ],
    [
      'in manifests',
      `cluster: {inlineManifests: [{name: m, contents: "data:\\n  any: ${key}\\n"}]}\n`,
    ],
    ['in labels', `machine: {nodeLabels: {any: "${key}"}}\n`],
  ])('is hidden %s', (_, text) => {
    expect(hidden(text)).not.toContain(key);
    expect(hidden(text)).toContain('<redacted>');
    expect(hidden(text)).not.toContain('u:p@');
  });

  it('is hidden by its name only where it is no plain word', () => {
    const shown = hidden(
      'machine: {kubelet: {extraConfig: {password: hunter22, tokenTTL: 24h, secretName: my-secret-name, enableToken: true}}}\n',
    );
    expect(shown).toContain('password: <redacted>');
    expect(shown).toContain('tokenTTL: 24h');
    expect(shown).toContain('secretName: my-secret-name');
    expect(shown).toContain('enableToken: true');
  });
});

it('comments go, and the configuration itself stays as it is', () => {
  const config = parseMachineConfig('# secret: abc\nmachine: {token: abc}\n');
  expect(String(redact(config))).not.toContain('abc');
  expect(String(config)).toBe('# secret: abc\nmachine: {token: abc}\n');
});

it('keys that no structure knows are treated as free values', () => {
  const key = randomBytes(32).toString('hex');
  const config = patchMachineConfig(parseMachineConfig('machine: {}\n'), [
    [{ op: 'add', path: '/machine/nope', value: { any: key } }],
  ]);
  expect(String(config)).toContain(key);
  expect(String(redact(config))).toContain('any: <redacted>');
});
