import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findLosses } from '../../../src/machine-config/generate/losses.js';
import { contracts, documentsOf, vectorText } from '../secrets/vectors.js';

const newest = vectorText('v1.14', 'default', 'controlplane');
const old = vectorText('v1.13', 'default', 'controlplane');
const other = Buffer.alloc(32, 9).toString('base64');

function lossesOf(running: string, next: string): string[] {
  const losses = findLosses(documentsOf(running), documentsOf(next));
  expect(inspect(losses)).not.toMatch(/Y108eT|CQkJ|BEGIN|LS0t/);
  return losses.map(({ what, message }) => `${what}: ${message}`);
}

/** A text with the value under a key replaced, wherever it stands. */
const withKey = (text: string, key: string, value: string) =>
  text.replace(new RegExp(`( ${key}: ).*`, 'g'), `$1${value}`);

describe('what a cluster loses by another configuration', () => {
  it.each(contracts)('is nothing when that of contract %s stays', (contract) => {
    for (const type of ['controlplane', 'worker'] as const) {
      const text = vectorText(contract, 'default', type);
      expect(lossesOf(text, text)).toEqual([]);
      expect(lossesOf(text, vectorText(contract, 'options', type)).join()).not.toMatch(/etcd/);
    }
  });

  it('is nothing when the contract is raised before 1.14', () => {
    expect(lossesOf(vectorText('v1.9', 'default', 'controlplane'), old)).toEqual([]);
  });

  it('are secrets that were never encrypted, when the contract is raised to 1.14', () => {
    expect(lossesOf(old, newest)).toEqual([
      expect.stringMatching(/^etcd-secrets: .* never encrypted.*identity/),
    ]);
    const worker = vectorText('v1.14', 'default', 'worker');
    expect(lossesOf(vectorText('v1.13', 'default', 'worker'), worker)).toEqual([]);
  });

  it('are the secrets of a cluster with AES-CBC whose key becomes one of secretbox', () => {
    const aescbc = old.replace(/secretboxEncryptionSecret: .*/, `aescbcEncryptionSecret: ${other}`);
    const secretbox = withKey(newest, 'secret', other).replace('name: key2', 'name: key1');
    expect(lossesOf(aescbc, secretbox)).toEqual([
      expect.stringMatching(/^etcd-secrets: secrets in etcd that aescbc encrypted .* "key1"/),
      expect.stringMatching(/^etcd-secrets: .* never encrypted/),
    ]);
  });

  it('are secrets whose key has another name, another value, or is gone', () => {
    const renamed = newest.replace('name: key2', 'name: key1');
    const gone = newest.replace(
      /kind: KubeEtcdEncryptionConfig[\s\S]*?---\n/,
      'kind: KubeCoreDNSConfig\n---\n',
    );
    for (const next of [renamed, withKey(newest, 'secret', other), gone]) {
      expect(lossesOf(newest, next)).toEqual([
        expect.stringMatching(/^etcd-secrets: secrets in etcd that secretbox encrypted .* "key2"/),
      ]);
    }
    expect(lossesOf(renamed, newest)).toHaveLength(1);
  });

  it('is nothing when a key is added', () => {
    const added = newest.replace(
      /( +)(- secretbox:\n +keys:\n)( +)(- name: key2\n.*\n)/,
      `$1- aescbc:\n$1      keys:\n$1          - name: key9\n$1            secret: ${other}\n$1$2$3$4`,
    );
    expect(added).toContain('key9');
    expect(lossesOf(newest, added)).toEqual([]);
    expect(lossesOf(added, newest)).toHaveLength(1);
  });

  it.each([
    [
      'v1.13',
      withKey(
        old,
        'key',
        btoa('-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n'),
      ),
    ],
    ['v1.14', newest.replace(/(privateKey: )\|\n[\s\S]*?(\n {4}issuerURL)/, '$1other$2')],
  ] as const)(
    'are tokens of service accounts with another key, in contract %s',
    (contract, next) => {
      const running = vectorText(contract, 'default', 'controlplane');
      expect(lossesOf(running, next)).toEqual([
        expect.stringMatching(/^service-account-tokens: .* key that signs them is another/),
      ]);
    },
  );

  it('cannot be told of keys for service accounts that are accepted besides', () => {
    const rotated = newest
      .replace(/(privateKey: )\|\n[\s\S]*?(\n {4}issuerURL)/, '$1other$2')
      .replace(/(issuerURL: .*\n)/, '$1accepted:\n    publicKeys:\n        - PEM\n');
    expect(lossesOf(newest, rotated)).toEqual([]);
  });

  it('are tokens of service accounts from another issuer, unless it is accepted', () => {
    const moved = newest.replace(/(issuerURL: ).*/, '$1https://new.example:6443');
    expect(lossesOf(newest, moved)).toEqual([
      expect.stringMatching(/^service-account-tokens: .* issuer is another/),
    ]);
    const accepted = moved.replace(
      /(issuerURL: .*\n)/,
      '$1accepted:\n    issuers:\n        - https://10.5.0.10:6443\n',
    );
    expect(lossesOf(newest, accepted)).toEqual([]);
  });

  it('are clients of an authority that is replaced, unless it stays accepted', () => {
    const certificate = /crt: (\S+)/.exec(newest)?.[1] ?? '';
    const replaced = newest.replace(
      certificate,
      btoa('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'),
    );
    expect(lossesOf(newest, replaced)).toEqual([expect.stringMatching(/^talos-clients: /)]);
    const accepted = replaced.replace(
      '    certSANs: []\n',
      `    certSANs: []\n    acceptedCAs:\n        - crt: ${certificate}\n`,
    );
    expect(lossesOf(newest, accepted)).toEqual([]);
  });

  it('are all kinds of clients when everything is made anew', () => {
    const fresh = old
      .replace(/crt: \S+/g, `crt: ${btoa('other')}`)
      .replace(/( {4}token: ).*/g, '$1abcdef.0123456789abcdef')
      .replace(/( {4}id: ).*/, `$1${other}`);
    expect(lossesOf(old, fresh).map((loss) => loss.replace(/:.*/s, ''))).toEqual([
      'kubernetes-clients',
      'aggregated-apis',
      'etcd-members',
      'talos-clients',
      'trustd',
      'discovery',
    ]);
  });
});
