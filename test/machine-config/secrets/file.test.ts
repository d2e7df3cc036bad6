import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { BundleUse } from '../../../src/machine-config/secrets/check.js';
import { formatSecrets, parseSecrets } from '../../../src/machine-config/secrets/file.js';
import { MachineConfigError } from '../../../src/runtime/errors/machine-config-error.js';
import { bundleText } from './vectors.js';

type File = Record<string, Record<string, unknown>>;

/** The file with changes in it. */
function changed(change: (file: File) => void): string {
  const file = parse(bundleText) as File;
  change(file);
  return stringify(file);
}

function errorOf(text: string, use?: BundleUse): MachineConfigError {
  try {
    parseSecrets(text, use);
  } catch (error) {
    if (error instanceof MachineConfigError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const pathsOf = ({ problems }: MachineConfigError) => problems.map(({ path }) => path);

/** Everything in the file that must not be seen elsewhere, in parts that errors could quote. */
const values = [...bundleText.matchAll(/: (\S+)$/gm)].flatMap(([, value = '']) => [
  value.slice(0, 16),
  ...(value.length > 60 ? [Buffer.from(value, 'base64').toString().slice(30, 60)] : []),
]);

function expectNoSecret(error: unknown): void {
  const shown = inspect(error, { depth: 9 });
  for (const value of values) expect(shown).not.toContain(value);
}

describe('the file of a secrets bundle', () => {
  it('is written as the official client writes it, byte for byte', () => {
    expect(formatSecrets(parseSecrets(bundleText))).toBe(bundleText);
  });

  it('may be JSON, since that is YAML', () => {
    const json = JSON.stringify(parse(bundleText));
    expect(formatSecrets(parseSecrets(json))).toBe(bundleText);
  });

  it('keeps a token that looks like a number', () => {
    const token = '012345.0000000000000120';
    const text = changed((file) => {
      file.trustdinfo = { token };
    }).replace(/"(012345[^"]+)"/, '$1');
    expect(text).toContain(`token: ${token}\n`);
    const secrets = parseSecrets(text);
    expect(secrets.trustdInfo.token).toBe(token);
    expect(parseSecrets(formatSecrets(secrets)).trustdInfo.token).toBe(token);
    expect(formatSecrets(secrets)).toContain(`token: "${token}"`);
  });

  it.each<[string, string]>([
    ['cluster.id', 'cluster'],
    ['cluster.secret', 'cluster'],
    ['secrets.bootstraptoken', 'secrets'],
    ['trustdinfo.token', 'trustdinfo'],
    ['certs.etcd', 'certs'],
    ['certs.k8s', 'certs'],
    ['certs.k8saggregator', 'certs'],
    ['certs.os', 'certs'],
  ])('without %s is refused by that name', (path, section) => {
    const key = path.split('.')[1] ?? '';
    const error = errorOf(changed((file) => delete file[section]?.[key]));
    expect(error.problems).toEqual([{ path, message: 'is required' }]);
    expectNoSecret(error);
  });

  it('tells all that is missing at once', () => {
    const error = errorOf('certs: {os: {crt: ""}}');
    expect(pathsOf(error)).toEqual([
      'cluster.id',
      'cluster.secret',
      'secrets.bootstraptoken',
      'secrets.secretboxencryptionsecret',
      'trustdinfo.token',
      'certs.etcd',
      'certs.k8s',
      'certs.k8saggregator',
      'certs.k8sserviceaccount.key',
      'certs.os.crt',
      'certs.os.key',
    ]);
  });

  it('has one encryption secret, of the size that its cipher takes', () => {
    const secretOf = (keys: Record<string, string>) =>
      changed((file) => {
        file.secrets = { bootstraptoken: 'abcdef.0123456789abcdef', ...keys };
      });
    const base64 = (size: number) => Buffer.alloc(size, 7).toString('base64');
    expect(parseSecrets(secretOf({ aescbcencryptionsecret: base64(16) })).secrets).toEqual({
      bootstrapToken: 'abcdef.0123456789abcdef',
      aescbcEncryptionSecret: base64(16),
    });
    const both = { aescbcencryptionsecret: base64(32), secretboxencryptionsecret: base64(32) };
    expect(errorOf(secretOf(both)).message).toMatch(/cannot stand beside/);
    expect(errorOf(secretOf({ secretboxencryptionsecret: base64(16) })).problems).toEqual([
      { path: 'secrets.secretboxencryptionsecret', message: 'must be base64 of 32 bytes' },
    ]);
    expect(errorOf(secretOf({ aescbcencryptionsecret: 'x' })).problems).toEqual([
      { path: 'secrets.aescbcencryptionsecret', message: 'must be base64 of 16, 24 or 32 bytes' },
    ]);
  });

  const base64 = (text: string) => Buffer.from(text).toString('base64');
  it.each([
    ['that is no base64', '******'],
    ['without PEM', base64('secret')],
    ['that is a certificate', (parse(bundleText) as File).certs?.os],
    ['of an empty block', base64('-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----\n')],
    [
      'of an unknown kind',
      base64('-----BEGIN DSA PRIVATE KEY-----\nMAA=\n-----END DSA PRIVATE KEY-----\n'),
    ],
  ])('is refused with a key %s', (_, key) => {
    const text = changed((file) => {
      const os = file.certs?.os as Record<string, unknown>;
      os.key = typeof key === 'string' ? key : os.crt;
    });
    const error = errorOf(text);
    expect(pathsOf(error)).toEqual(['certs.os.key']);
    expectNoSecret(error);
  });

  it('is refused with keys that nobody knows, and with other values than texts', () => {
    const error = errorOf(
      changed((file) => {
        file.cluster = { ...file.cluster, name: 'x', id: ['a'] };
        file.certs = { ...file.certs, k8s: ['a'] };
        file.more = {};
      }),
    );
    expect(error.problems).toEqual([
      { path: 'cluster.id', message: 'must be a text' },
      { path: 'certs.k8s', message: 'must be a mapping' },
      { path: undefined, message: 'has a key that is none of cluster, secrets, trustdinfo, certs' },
      { path: 'cluster', message: 'has a key that is none of id, secret' },
    ]);
  });

  it.each([
    ['what is no YAML', '{'],
    ['several documents', 'a: 1\n---\nb: 2\n'],
    ['a list', '- a'],
    ['nothing', ''],
    ['a text that is too long', `# ${'x'.repeat(1024 * 1024)}`],
    ['what is no text', 7 as unknown as string],
    [
      'a text that refers to itself without end',
      `a: &a [x]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [${`*${n ? `b${n - 1}` : 'a'},`.repeat(9)}]`).join('\n')}`,
    ],
  ])('is refused when it is %s', (_, text) => {
    expect(errorOf(text).code).toBe('machine-config');
  });

  it('gives the bundle or an error without a secret, whatever is done to the text', () => {
    const piece = fc.constantFrom(
      '',
      ' ',
      '\n',
      ':',
      '- ',
      '"',
      "'",
      '{',
      '&a ',
      '*a',
      '#',
      '\t',
      '0',
      '---\n',
      '<<: ',
    );
    const edit = fc.tuple(fc.nat(), fc.nat({ max: 80 }), piece);
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = bundleText;
        for (const [at, size, instead] of edits) {
          const start = at % text.length;
          text = text.slice(0, start) + instead + text.slice(start + size);
        }
        try {
          parseSecrets(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MachineConfigError);
          expectNoSecret(error);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
