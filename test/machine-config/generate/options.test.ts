import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  generateMachineConfig,
  generateMachineConfigs,
} from '../../../src/machine-config/generate/machine-configs.js';
import type { GenerateOptions } from '../../../src/machine-config/generate/options.js';
import { MachineConfigError } from '../../../src/runtime/errors/machine-config-error.js';
import { options, secrets } from './options.js';

const good: GenerateOptions = { ...options.default, talos: 'v1.14' };

function problemsOf(changes: Partial<Record<keyof GenerateOptions, unknown>>) {
  try {
    generateMachineConfig('controlplane', { ...good, ...changes } as GenerateOptions);
  } catch (error) {
    if (!(error instanceof MachineConfigError)) throw error;
    expect(inspect(error)).not.toMatch(/BEGIN|8zx|LgZUeJ/);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const documentsWith = (
  changes: Partial<GenerateOptions>,
  type: 'controlplane' | 'worker' = 'controlplane',
) => generateMachineConfig(type, { ...good, ...changes });

describe('options that cannot work', () => {
  it.each<[Partial<Record<keyof GenerateOptions, unknown>>, string]>([
    [{ clusterName: '' }, 'clusterName: must be a text that is not empty'],
    [{ clusterName: undefined }, 'clusterName: must be a text that is not empty'],
    [{ endpoint: undefined }, 'endpoint: must be an https URL'],
    [{ endpoint: '10.5.0.2' }, 'endpoint: must be an https URL, such as https://10.5.0.2:6443'],
    [{ endpoint: 'cp:7443' }, 'endpoint: must be an https URL, such as https://cp:7443'],
    [{ endpoint: 'http://cp' }, 'endpoint: must be an https URL, such as https://cp:6443'],
    [{ endpoint: 'a b' }, 'endpoint: must be an https URL'],
    [{ endpoint: 'https://' }, 'endpoint: must be an https URL such as https://10.5.0.2:6443'],
    [{ endpoint: 'https://cp:0' }, 'endpoint: must have a port between 1 and 65535'],
    [
      { endpoint: 'https://cp:70000' },
      'endpoint: must be an https URL such as https://10.5.0.2:6443',
    ],
    [{ talos: undefined }, 'talos: must be a release of Talos such as v1.14 or v1.14.0'],
    [{ kubernetes: '1.36' }, 'kubernetes: must be a release such as v1.36.0, or false'],
    [{ kubernetes: true }, 'kubernetes: must be a release such as v1.36.0, or false'],
    [{ kubernetes: undefined }, 'kubernetes: must be a release such as v1.36.0, or false'],
    [{ installDisk: '' }, 'installDisk: must be the path of a device, or false'],
    [
      { installImage: '' },
      'installImage: is required when talos is no whole release such as v1.14.0',
    ],
    [
      { installImage: undefined },
      'installImage: is required when talos is no whole release such as v1.14.0',
    ],
    [{ additionalSans: 'a' }, 'additionalSans: must be a list of texts'],
    [{ additionalSans: [''] }, 'additionalSans: must be a list of texts'],
    [{ installExtraKernelArgs: [1] }, 'installExtraKernelArgs: must be a list of texts'],
    [{ insecureRegistries: {} }, 'insecureRegistries: must be a list of texts'],
    [{ podSubnets: ['10.0.0.0'] }, 'podSubnets: must be a list of subnets such as 10.244.0.0/16'],
    [
      { podSubnets: ['10.0.0.0/33'] },
      'podSubnets: must be a list of subnets such as 10.244.0.0/16',
    ],
    [{ serviceSubnets: [7] }, 'serviceSubnets: must be a list of subnets such as 10.244.0.0/16'],
    [{ dnsDomain: 1 }, 'dnsDomain: must be a domain'],
    [{ cniManifest: 'cni.yaml' }, 'cniManifest: must be a URL'],
    [
      { registryMirrors: { 'docker.io': 'x' } },
      'registryMirrors: must be lists of URLs by the host of a registry',
    ],
    [
      { registryMirrors: { 'docker.io': ['mirror'] } },
      'registryMirrors: must be lists of URLs by the host of a registry',
    ],
    [
      { registryCas: { 'docker.io': 1 } },
      'registryCas: must be PEM texts by the host of a registry',
    ],
    [{ sysctls: { a: 1 } }, 'sysctls: must be texts by name'],
    [{ localApiServerPort: 0 }, 'localApiServerPort: must be a port'],
    [{ kubePrismPort: 65_536 }, 'kubePrismPort: must be a port, or 0'],
    [{ kubePrismPort: 1.5 }, 'kubePrismPort: must be a port, or 0'],
    [{ discovery: 'yes' }, 'discovery: must be true or false'],
    [{ kubespan: 1 }, 'kubespan: must be true or false'],
    [{ debug: null }, 'debug: must be true or false'],
    [{ secrets: undefined }, 'secrets: must be a bundle: see generateSecrets and parseSecrets'],
    [{ secrets: { ...secrets, cluster: { id: 'x' } } }, 'secrets: cluster.secret: is required'],
  ])('are refused by name: %j', (changes, expected) => {
    expect(problemsOf(changes)).toEqual([expected]);
  });

  it('are told all at once', () => {
    expect(problemsOf({ clusterName: '', endpoint: '', dnsDomain: '' })).toHaveLength(3);
  });

  it.each(['1.15', '0.14', 'latest'])('are those for the unknown contract %s', async (talos) => {
    expect(problemsOf({ talos })).toEqual([expect.stringMatching(/^talos: /)]);
    await expect(generateMachineConfigs({ ...good, talos, secrets: undefined })).rejects.toThrow(
      /talos: /,
    );
  });
});

describe('the encryption secret of an old cluster', () => {
  const aescbc = Buffer.alloc(32, 7).toString('base64');
  const old = {
    ...secrets,
    secrets: { bootstrapToken: 'abcdef.0123456789abcdef', aescbcEncryptionSecret: aescbc },
  };

  it.each(['v1.2', 'v1.3', 'v1.13'])('stays what it is for contract %s', (talos) => {
    const { v1alpha1 } = documentsWith({ talos, secrets: old });
    expect(v1alpha1?.cluster).toMatchObject({ aescbcEncryptionSecret: aescbc });
    expect(v1alpha1?.cluster).not.toHaveProperty('secretboxEncryptionSecret');
    expect(documentsWith({ talos, secrets: old }, 'worker').toString()).not.toContain(aescbc);
  });

  it('is refused for contract 1.14, which has no place for it', () => {
    expect(problemsOf({ secrets: old })).toEqual([
      expect.stringMatching(/^secrets: secrets\.aescbcencryptionsecret: cannot be used/),
    ]);
  });
});

describe('options that say what is not usual', () => {
  it('name the installer of a whole release by themselves', () => {
    const image = (talos: string) =>
      documentsWith({ talos, installImage: undefined }).get('UnattendedInstallConfig')?.installer;
    expect(image('v1.14.1-rc.1')?.image).toMatch(
      /^factory\.talos\.dev\/metal-installer\/[0-9a-f]{64}:v1\.14\.1-rc\.1$/,
    );
    expect(image('1.14.0')?.image).toMatch(/:v1\.14\.0$/);
  });

  it.each(['v1.13', 'v1.14'])('leave the installation to others in contract %s', (talos) => {
    const config = documentsWith({ talos, installDisk: false, installImage: undefined });
    expect(config.v1alpha1?.machine).not.toHaveProperty('install');
    expect(config.get('UnattendedInstallConfig')).toBeUndefined();
  });

  it.each(['v1.13', 'v1.14'])('turn KubePrism off in contract %s, or move it', (talos) => {
    expect(documentsWith({ talos, kubePrismPort: 0 }).toString()).not.toMatch(/kubeprism/i);
    expect(documentsWith({ talos, kubePrismPort: 1234 }).toString()).toMatch(/port: 1234\n/);
  });

  it.each(['v1.11', 'v1.12'])('say what is known of registries in contract %s', (talos) => {
    const config = documentsWith({
      talos,
      registryMirrors: { 'b.example': ['https://b2.example'], 'a.example': ['https://a2.example'] },
      registryCas: { 'z.example': 'PEM', 'c.example': 'CA' },
      insecureRegistries: ['c.example', 'd.example'],
    });
    if (talos === 'v1.12') {
      expect(config.documents.slice(1, 6)).toEqual([
        {
          apiVersion: 'v1alpha1',
          kind: 'RegistryMirrorConfig',
          name: 'a.example',
          endpoints: [{ url: 'https://a2.example' }],
        },
        {
          apiVersion: 'v1alpha1',
          kind: 'RegistryMirrorConfig',
          name: 'b.example',
          endpoints: [{ url: 'https://b2.example' }],
        },
        {
          apiVersion: 'v1alpha1',
          kind: 'RegistryTLSConfig',
          name: 'c.example',
          ca: 'CA',
          insecureSkipVerify: true,
        },
        {
          apiVersion: 'v1alpha1',
          kind: 'RegistryTLSConfig',
          name: 'd.example',
          insecureSkipVerify: true,
        },
        { apiVersion: 'v1alpha1', kind: 'RegistryTLSConfig', name: 'z.example', ca: 'PEM' },
      ]);
    } else {
      expect(config.v1alpha1?.machine?.registries).toEqual({
        mirrors: {
          'a.example': { endpoints: ['https://a2.example'] },
          'b.example': { endpoints: ['https://b2.example'] },
        },
        config: {
          'c.example': { tls: { ca: btoa('CA'), insecureSkipVerify: true } },
          'd.example': { tls: { insecureSkipVerify: true } },
          'z.example': { tls: { ca: btoa('PEM') } },
        },
      });
    }
  });

  it('name the API server by the host of the endpoint, up to contract 1.11', () => {
    const namesOf = (endpoint: string) =>
      documentsWith({ talos: 'v1.11', endpoint }).v1alpha1?.cluster?.apiServer?.certSANs;
    expect(namesOf('https://[fd00::1]:6443')).toEqual(['fd00::1']);
    expect(namesOf('https://Cluster.example/path')).toEqual(['Cluster.example']);
  });

  it('leave Kubernetes and etcd out of machines of contract 1.14', async () => {
    const {
      controlPlane,
      worker,
      secrets: own,
    } = await generateMachineConfigs({
      ...good,
      kubernetes: false,
      secrets: undefined,
    });
    expect(own.certs.k8s).toBeUndefined();
    for (const config of [controlPlane, worker]) {
      expect(config.toString()).not.toMatch(/kind: Kube|etcd|token: undefined/);
      expect(config.v1alpha1?.cluster).toEqual({});
      expect(config.get('HostnameConfig')).toBeDefined();
    }
    expect(problemsOf({ talos: 'v1.13', kubernetes: false })).toEqual([
      expect.stringMatching(/^kubernetes: can be false from contract v1\.14 on/),
    ]);
  });

  it('are told of when they do not work with the contract', async () => {
    const warningsOf = async (talos: string) =>
      (await generateMachineConfigs({ ...good, talos, installExtraKernelArgs: ['quiet'] }))
        .warnings;
    expect(await warningsOf('v1.11')).toEqual([]);
    expect(await warningsOf('v1.13')).toEqual([expect.stringMatching(/grubUseUKICmdline/)]);
    expect(await warningsOf('v1.14')).toEqual([expect.stringMatching(/^installExtraKernelArgs: /)]);
  });
});

it('new configurations come with new secrets, which make the same again', async () => {
  const {
    secrets: own,
    controlPlane,
    worker,
  } = await generateMachineConfigs({
    ...good,
    secrets: undefined,
  });
  const again = await generateMachineConfigs({ ...good, secrets: own });
  expect(again.controlPlane.toString()).toBe(controlPlane.toString());
  expect(again.worker.toString()).toBe(worker.toString());
  expect(again.talosconfig).not.toBe('');
});

it('patches are for all machines, for control planes, or for workers, in this order', async () => {
  const patch = (name: string) => ({ machine: { sysctls: { [name]: name, last: name } } });
  const { controlPlane, worker } = await generateMachineConfigs({
    ...good,
    talos: 'v1.13',
    patches: [patch('all')],
    controlPlanePatches: [patch('cp')],
    workerPatches: ['machine: { sysctls: { worker: "1", last: worker } }'],
  });
  expect(controlPlane.v1alpha1?.machine?.sysctls).toEqual({ all: 'all', cp: 'cp', last: 'cp' });
  expect(worker.v1alpha1?.machine?.sysctls).toEqual({ all: 'all', worker: '1', last: 'worker' });
  const wrong = generateMachineConfigs({ ...good, patches: ['machine: { sysctl: {} }'] });
  await expect(wrong).rejects.toThrow(MachineConfigError);
});
