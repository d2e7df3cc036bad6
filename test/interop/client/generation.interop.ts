import fc from 'fast-check';
import { simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  formatMachineConfig,
  formatSecrets,
  type GenerateOptions,
  generateMachineConfig,
  generateMachineConfigs,
  generateSecrets,
  generateTalosconfig,
  parseMachineConfig,
  parseSecrets,
  type SecretsBundle,
  secretsFromMachineConfig,
} from '../../../src/machine-config/index.js';
import { openAuthority } from '../../../src/pki/index.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { GoClient } from '../support/go-client.js';

let go: GoClient;
let secrets: SecretsBundle;

beforeAll(async () => {
  go = new GoClient();
  secrets = await generateSecrets();
});
afterAll(() => go?.[Symbol.asyncDispose]());

function read<T>(format: string, content: string | object): Promise<T> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return go.command<T>({ do: 'read', format, content: Buffer.from(text).toString('base64') });
}

describe('secrets, loaded and checked with the code of Talos', () => {
  interface Facts {
    readonly again: string;
    readonly authorities: Readonly<Record<string, string>>;
    readonly admin: number;
  }

  test.each(['v1.2', 'v1.6', 'v1.14'])('are whole when made for contract %s', async (contract) => {
    const text = formatSecrets(await generateSecrets({ contract }));
    expect(await read<Facts>('secrets', text)).toEqual({
      again: text,
      authorities: { os: 'O=talos', k8s: 'O=kubernetes', etcd: 'O=etcd', k8saggregator: '' },
      admin: 8_760,
    });
    expect(formatSecrets(parseSecrets(text))).toBe(text);
  });

  test('are not whole without one of them, here and there', async () => {
    const text = formatSecrets(secrets);
    for (const key of ['id', 'bootstraptoken', 'token', 'secretboxencryptionsecret', 'crt']) {
      const cut = text.replace(new RegExp(`^ +${key}: .*\n`, 'm'), '');
      expect(() => parseSecrets(cut)).toThrow();
      await expect(read('secrets', cut)).rejects.toThrow();
    }
  });
});

describe('a certificate, verified with the code of Go', () => {
  interface Facts {
    readonly organizations: readonly string[] | null;
    readonly commonName: string;
    readonly algorithm: string;
    readonly keyUsage: number;
    readonly hasAuthority: boolean;
  }
  const digitalSignature = 1;

  test.each([
    ['os', 'Ed25519'],
    ['k8s', 'ECDSA-SHA256'],
    ['k8sAggregator', 'ECDSA-SHA256'],
  ] as const)('of %s is good for what it is for, and for nothing else', async (name, algorithm) => {
    const root = secrets.certs[name];
    if (root === undefined) throw new Error(`no ${name}`);
    const authority = openAuthority(root);
    const roles = ['os:reader', 'os:admin', 'os:etcd:backup'];
    const client = authority.issueClient({ roles, commonName: 'ädmin*' });
    const chain = { authority: root.cert, certificate: client.cert, key: client.key };
    const facts = await read<Facts>('certificate', { ...chain, usage: 'client' });
    expect(facts).toMatchObject({
      commonName: 'ädmin*',
      algorithm,
      keyUsage: digitalSignature,
      hasAuthority: true,
    });
    expect([...(facts.organizations ?? [])].sort()).toEqual([...roles].sort());
    await expect(read('certificate', { ...chain, usage: 'server' })).rejects.toThrow(/usage/);

    const server = authority.issueServer({ names: ['10.5.0.2', 'fd00::2', 'cp-1.example'] });
    for (const known of ['10.5.0.2', 'fd00::2', 'cp-1.example']) {
      const seen = { authority: root.cert, certificate: server.cert, key: server.key };
      const facts = await read<Facts>('certificate', { ...seen, usage: 'server', name: known });
      expect(facts).toMatchObject({ commonName: 'cp-1.example', organizations: null });
      await expect(
        read('certificate', { ...seen, usage: 'server', name: 'cp-2.example' }),
      ).rejects.toThrow(/cp-2\.example/);
    }
    const nameless = authority.issueServer({ names: ['10.5.0.2'] });
    const seen = { authority: root.cert, certificate: nameless.cert, key: nameless.key };
    await read('certificate', { ...seen, usage: 'server', name: '10.5.0.2' });
  });
});

/** Options that say anything there is to say. */
const anyOptions = fc.record(
  {
    installDisk: fc.constantFrom('/dev/sda', '/dev/disk/by-id/wwn-"0x5"'),
    installExtraKernelArgs: fc.array(fc.constantFrom('quiet', 'console=ttyS0,115200n8', '1'), {
      maxLength: 2,
    }),
    additionalSans: fc.uniqueArray(fc.constantFrom('10.9.9.9', 'san.example', 'fd00::9', 'y')),
    dnsDomain: fc.constantFrom('cluster.local', 'k8s.example', '1.2'),
    registryMirrors: fc.dictionary(fc.constantFrom('docker.io', '*', 'a.example:5000'), urls()),
    registryCas: fc.dictionary(
      fc.constantFrom('docker.io', 'b.example'),
      fc.constantFrom('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n', 'x: y'),
    ),
    insecureRegistries: fc.uniqueArray(fc.constantFrom('docker.io', 'c.example')),
    discovery: fc.boolean(),
    kubespan: fc.boolean(),
    allowSchedulingOnControlPlanes: fc.boolean(),
    localApiServerPort: fc.constantFrom(6443, 7443),
    kubePrismPort: fc.constantFrom(0, 7445, 7446),
    sysctls: fc.dictionary(
      fc.constantFrom('net.core.somaxconn', 'vm.max_map_count', 'kernel.k9', 'kernel.k10'),
      fc.constantFrom('1', '0x10', 'yes', '', '1 2'),
    ),
    cniManifest: fc.constantFrom('https://cni.example/cni.yaml', 'http://10.0.0.1/a?b=c'),
    debug: fc.boolean(),
  },
  { requiredKeys: [] },
);

function urls() {
  return fc.array(fc.constantFrom('https://mirror.example', 'http://10.0.0.1:5000/v2'), {
    minLength: 1,
    maxLength: 2,
  });
}

describe('generated configurations', () => {
  interface Generated {
    readonly controlPlane: string;
    readonly worker: string;
  }
  /** Contracts that the published module knows as well as the release does. */
  const minors = Array.from({ length: 14 }, (_, minor) => minor);

  test.each(minors)('of contract 1.%i are those of talosctl, byte for byte', async (minor) => {
    const contract = `v1.${minor}`;
    const own = await generateSecrets({ contract });
    const examples = fc.sample(anyOptions, { numRuns: 8, seed: minor });
    for (const example of [{}, ...examples]) {
      const options: GenerateOptions = {
        clusterName: 'demo',
        endpoint: 'https://cluster.example:6443',
        talos: contract,
        kubernetes: '1.31.2',
        secrets: own,
        installImage: 'installer.example/installer:v1',
        ...example,
      };
      const official = await read<Generated>('generation', {
        ...{ installDisk: '/dev/sda', dnsDomain: 'cluster.local', discovery: true },
        ...options,
        secrets: formatSecrets(own),
        contract,
      });
      const ours = (type: 'controlplane' | 'worker') =>
        formatMachineConfig(generateMachineConfig(type, options));
      expect(ours('controlplane'), JSON.stringify(example)).toBe(official.controlPlane);
      expect(ours('worker'), JSON.stringify(example)).toBe(official.worker);
      const again = secretsFromMachineConfig(parseMachineConfig(official.controlPlane));
      expect(formatSecrets(again)).toBe(formatSecrets(own));
    }
  });

  test('are good for the validation of Talos', async () => {
    for (const minor of [9, 10, 11, 12, 13]) {
      const { controlPlane, worker } = await generateMachineConfigs({
        clusterName: 'demo',
        endpoint: 'https://10.5.0.2:6443',
        talos: `v1.${minor}.0`,
        kubernetes: 'v1.35.0',
        secrets,
      });
      for (const [config, machineType] of [
        [controlPlane, 'controlplane'],
        [worker, 'worker'],
      ] as const) {
        const loaded = await read('configuration', formatMachineConfig(config));
        expect(loaded).toMatchObject({ machineType, clusterName: 'demo', warnings: [] });
      }
    }
  });
});

test.each(['v1.13.0', 'v1.14.0'])(
  'the official client brings a machine of %s up with a generated configuration, and talks to it with the talosconfig',
  async (talos) => {
    await using cluster = await simulateCluster({
      maintenance: true,
      transport: 'tls',
      talosVersion: talos,
    });
    const node = cluster.node('cp-1');
    const [endpoint = ''] = cluster.endpoints;
    const {
      controlPlane,
      talosconfig,
      secrets: own,
    } = await generateMachineConfigs({
      clusterName: 'generated',
      endpoint: `https://${node.address}:6443`,
      talos,
      kubernetes: 'v1.35.0',
      endpoints: [endpoint],
      secrets,
    });
    await go.connectMaintenance(endpoint, [await node.fingerprint()], 'fresh');
    const data = Buffer.from(formatMachineConfig(controlPlane)).toString('base64');
    await go.call('ApplyConfiguration', [{ data }], { client: 'fresh' });
    await node.until(() => node.stage !== 'MAINTENANCE' && node.machine.boots === 2);
    await node.until(() => node.machine.state(services).find('etcd')?.state === 'Preparing');
    await go.connect(talosconfig, { name: 'admin' });
    const admin = { client: 'admin', node: node.address };
    await go.call('Bootstrap', [{}], admin);
    await go.call('Version', [], admin);
    const reader = generateTalosconfig({
      clusterName: 'generated',
      secrets: own,
      endpoints: [endpoint],
      roles: ['os:reader'],
    });
    await go.connect(reader, { name: 'reader' });
    await expect(
      go.call('Bootstrap', [{}], { client: 'reader', node: node.address }),
    ).rejects.toMatchObject({ code: 'PermissionDenied' });
    const stranger = generateTalosconfig({
      clusterName: 'generated',
      secrets: { certs: { os: (await generateSecrets({ kubernetes: false })).certs.os } },
      endpoints: [endpoint],
    });
    await go.connect(stranger, { name: 'stranger' });
    await expect(
      go.call('Version', [], { client: 'stranger', node: node.address, timeoutMs: 5_000 }),
    ).rejects.toThrow();
  },
);
