import { X509Certificate } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatSecrets, parseSecrets } from '../../../src/machine-config/secrets/file.js';
import { generateSecrets } from '../../../src/machine-config/secrets/generate.js';
import { fromPem } from '../../../src/pki/pem.js';

const now = () => Date.UTC(2026, 0, 1, 12);

describe('new secrets', () => {
  it('are a whole bundle, whose file reads as the same', async () => {
    const secrets = await generateSecrets({ now });
    const text = formatSecrets(secrets);
    expect(parseSecrets(text)).toEqual(secrets);
    expect(formatSecrets(parseSecrets(text))).toBe(text);
    expect(secrets.secrets.bootstrapToken).toMatch(/^[0-9a-z]{6}\.[0-9a-z]{16}$/);
    expect(secrets.trustdInfo.token).toMatch(/^[0-9a-z]{6}\.[0-9a-z]{16}$/);
    const { id, secret } = secrets.cluster;
    const sizes = [id, secret, secrets.secrets.secretboxEncryptionSecret ?? ''];
    for (const base64 of sizes) expect(Buffer.from(base64, 'base64')).toHaveLength(32);
    expect(new Set(sizes).size).toBe(3);
  });

  it('have authorities for the Talos API, Kubernetes, its aggregation layer and etcd', async () => {
    const { certs } = await generateSecrets({ contract: 'v1.6', now });
    const subjects = [certs.os, certs.k8s, certs.k8sAggregator, certs.etcd].map((authority) => {
      const { subject, publicKey, validFrom, validTo, ca } = new X509Certificate(
        authority?.cert ?? '',
      );
      expect(Date.parse(validFrom)).toBe(now());
      expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(87_600 * 3_600_000);
      expect(ca).toBe(true);
      // An empty subject is `undefined` or an empty text, by the release of Node.
      return [subject || 'nobody', publicKey.asymmetricKeyType];
    });
    expect(subjects).toEqual([
      ['O=talos', 'ed25519'],
      ['O=kubernetes', 'ec'],
      ['nobody', 'ec'],
      ['O=etcd', 'ec'],
    ]);
  });

  it.each([
    ['v1.2', 'EC PRIVATE KEY', 'aescbcEncryptionSecret'],
    ['1.3.0', 'EC PRIVATE KEY', 'secretboxEncryptionSecret'],
    ['v1.6', 'EC PRIVATE KEY', 'secretboxEncryptionSecret'],
    ['v1.7.0-alpha.1', 'RSA PRIVATE KEY', 'secretboxEncryptionSecret'],
    [undefined, 'RSA PRIVATE KEY', 'secretboxEncryptionSecret'],
  ])(
    'of contract %s have a service account key with label %s and %s',
    async (contract, label, key) => {
      const { certs, secrets } = await generateSecrets({ contract });
      expect(fromPem(certs.k8sServiceAccount?.key ?? '').label).toBe(label);
      expect(Object.keys(secrets).sort()).toEqual([key, 'bootstrapToken'].sort());
    },
  );

  it('without Kubernetes are those of Talos alone', async () => {
    const secrets = await generateSecrets({ kubernetes: false });
    expect(Object.keys(secrets.certs)).toEqual(['os']);
    expect(secrets.secrets).toEqual({});
    const text = formatSecrets(secrets);
    expect(parseSecrets(text, { kubernetes: false })).toEqual(secrets);
    expect(() => parseSecrets(text)).toThrow(/certs\.k8s: is required/);
  });

  it('print names without values', async () => {
    const secrets = await generateSecrets({ contract: 'v1.6' });
    for (const printed of [inspect(secrets, { depth: 9 }), inspect({ secrets }, { depth: 9 })]) {
      expect(printed).toContain('k8sServiceAccount');
      expect(printed).not.toMatch(/BEGIN|==?'|[0-9a-z]{6}\.[0-9a-z]{16}/);
    }
    expect(JSON.parse(JSON.stringify(secrets))).toEqual(secrets);
  });

  it.each(['1.15', 'v2.0', 'v0.14', '1', 'latest', 'v1.14-alpha'])(
    'are refused for %s, which is no contract that is known',
    async (contract) => {
      await expect(generateSecrets({ contract })).rejects.toMatchObject({
        code: 'machine-config',
        problems: [{ path: 'contract' }],
      });
    },
  );
});
