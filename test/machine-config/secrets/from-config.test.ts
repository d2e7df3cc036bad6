import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { formatSecrets } from '../../../src/machine-config/secrets/file.js';
import { secretsFromMachineConfig } from '../../../src/machine-config/secrets/from-config.js';
import { MachineConfigError } from '../../../src/runtime/errors/machine-config-error.js';
import { bundleText, contracts, documentsOf, vectorText } from './vectors.js';

function problemsOf(text: string) {
  try {
    secretsFromMachineConfig(documentsOf(text));
  } catch (error) {
    if (!(error instanceof MachineConfigError)) throw error;
    expect(inspect(error, { depth: 9 })).not.toMatch(/MC4CAQ|LS0t/);
    return error.problems;
  }
  throw new Error('it was taken');
}

const newest = vectorText('v1.14', 'default', 'controlplane');
const old = vectorText('v1.9', 'default', 'controlplane');

describe('the secrets of a running cluster', () => {
  it.each(contracts)('come whole out of a control plane of contract %s', (contract) => {
    const config = documentsOf(vectorText(contract, 'default', 'controlplane'));
    expect(formatSecrets(secretsFromMachineConfig(config))).toBe(bundleText);
  });

  it.each(contracts)('are not to be had from a worker of contract %s', (contract) => {
    expect(problemsOf(vectorText(contract, 'default', 'worker'))).toMatchObject([
      { document: 'v1alpha1', path: 'machine.type' },
    ]);
  });

  it('come out of the machine that was the first of old clusters', () => {
    const config = documentsOf(old.replace('type: controlplane', 'type: init'));
    expect(formatSecrets(secretsFromMachineConfig(config))).toBe(bundleText);
  });

  it('are the AES-CBC secret of an old cluster, from either form', () => {
    const secret = Buffer.alloc(32, 1).toString('base64');
    const legacy = old.replace(
      /secretboxEncryptionSecret: .*/,
      `aescbcEncryptionSecret: ${secret}`,
    );
    const documents = newest
      .replace('- secretbox:', '- aescbc:')
      .replace(/secret: Y10.*/, `secret: ${secret}`);
    for (const text of [legacy, documents]) {
      expect(secretsFromMachineConfig(documentsOf(text)).secrets).toEqual({
        bootstrapToken: expect.any(String),
        aescbcEncryptionSecret: secret,
      });
    }
  });

  it('are refused by their names when something is missing or of another kind', () => {
    expect(problemsOf(newest.replace('- secretbox:', '- kms:'))).toEqual([
      {
        path: 'secrets.secretboxencryptionsecret',
        message: expect.stringContaining('encrypts with kms'),
      },
    ]);
    expect(problemsOf(old.replace(/key: LS0.*/g, 'key: "******"')).map(({ path }) => path)).toEqual(
      [
        'certs.k8sserviceaccount.key',
        'certs.etcd.key',
        'certs.k8s.key',
        'certs.k8saggregator.key',
        'certs.os.key',
      ],
    );
    expect(problemsOf('apiVersion: v1alpha1\nkind: HostnameConfig')).toMatchObject([
      { message: 'has no v1alpha1 document, which holds secrets' },
    ]);
  });
});
