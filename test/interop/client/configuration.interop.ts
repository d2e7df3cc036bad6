import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, parseDocument, stringify } from 'yaml';
import { GoClient, type GoFailure } from '../support/go-client.js';

/** The release whose documents the published module knows all of. */
const known = 'v1.13.4';

let cluster: SimulatedCluster;
let older: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ workers: 1, transport: 'tls' });
  older = await simulateCluster({ workers: 1, transport: 'tls', talosVersion: known });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
  await go.connect(older.talosconfig, { name: 'older' });
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  await older?.[Symbol.asyncDispose]();
});

interface Configuration {
  readonly kinds: readonly string[];
  readonly machineType: string;
  readonly clusterName: string;
  readonly endpoint: string;
  readonly installDisk: string;
  readonly warnings: readonly string[];
  readonly again: string;
}

/** What the code of Talos finds in a configuration that it loads and validates. */
function load(text: string): Promise<Configuration> {
  const content = Buffer.from(text).toString('base64');
  return go.command<Configuration>({ do: 'read', format: 'configuration', content });
}

const types = ['controlplane', 'worker'] as const;
const installDisk = '/dev/sda';

describe('a machine configuration, loaded and validated with the code of Talos', () => {
  test.each(types)(`is right for a %s of ${known}`, async (type) => {
    const loaded = await load(older.machineConfig({ type, installDisk, hostname: 'fresh' }));
    expect(loaded).toMatchObject({
      machineType: type,
      clusterName: older.name,
      endpoint: older.kubernetesEndpoint,
      installDisk: '/dev/sda',
      warnings: [],
    });
    expect(await load(loaded.again)).toMatchObject({ kinds: loaded.kinds, warnings: [] });
    // What talosctl patches or edits goes back in the form that its code writes.
    const node = older.node(type === 'worker' ? 'worker-1' : 'cp-1').address;
    const data = Buffer.from(loaded.again).toString('base64');
    await go.call('ApplyConfiguration', [{ data, mode: 'NO_REBOOT', dryRun: true }], {
      client: 'older',
      node,
    });
  });

  test.each(types)('has documents that it knows, for a %s of this release', async (type) => {
    const text = cluster.machineConfig({ type, installDisk, hostname: 'fresh' });
    const kinds: string[] = [];
    for (const document of parseAllDocuments(text)) {
      const kind = document.get('kind');
      if (kind === undefined) continue; // the main one is not right without the others
      const loading = load(stringify(document.toJS()));
      if (newer.has(String(kind))) {
        await expect(loading, String(kind)).rejects.toThrow(/not registered/);
      }
      if (!newer.has(String(kind))) kinds.push(...(await loading).kinds);
    }
    expect(kinds).toEqual(
      expect.arrayContaining(['HostnameConfig', 'ResolverConfig', 'KubeNetworkConfig']),
    );
  });
});

/** Documents that are newer than the published module. */
const newer: ReadonlySet<string> = new Set([
  'DiscoveryIdentityConfig',
  'KubeAPIServerCAConfig',
  'KubeAggregatorCAConfig',
  'KubeClusterConfig',
  'KubeCoreDNSConfig',
  'KubeNodeConfig',
  'KubePrismConfig',
  'KubeServiceAccountConfig',
  'KubeletConfig',
  'SecurityProfileConfig',
  'UnattendedInstallConfig',
]);

type Path = readonly (string | number)[];

/** Mistakes that Talos overlooks. */
const stricter: ReadonlySet<string> = new Set(['another version']);

describe('a machine configuration with a mistake', () => {
  test.each<[string, (typeof types)[number], Path, unknown]>([
    ['another type', 'worker', ['machine', 'type'], 'boss'],
    ['no type', 'worker', ['machine', 'type'], undefined],
    ['an old type', 'worker', ['machine', 'type'], 'join'],
    ['no machine', 'worker', ['machine'], undefined],
    ['no cluster', 'worker', ['cluster'], undefined],
    ['no way to the cluster', 'worker', ['cluster', 'controlPlane'], undefined],
    ['an address without a host', 'worker', ['cluster', 'controlPlane', 'endpoint'], 'https://'],
    [
      'an address without TLS',
      'worker',
      ['cluster', 'controlPlane', 'endpoint'],
      'http://10.5.0.2:6443',
    ],
    ['an address that is none', 'worker', ['cluster', 'controlPlane', 'endpoint'], '10.5.0.2'],
    ['nobody to trust', 'worker', ['machine', 'ca'], undefined],
    ['nobody to trust, on a control plane', 'controlplane', ['machine', 'ca'], undefined],
    ['no key to sign with', 'controlplane', ['machine', 'ca', 'key'], undefined],
    ['a key that workers may not have', 'worker', ['machine', 'ca', 'key'], 'a2V5'],
    ['a key of Kubernetes that workers may not have', 'worker', ['cluster', 'ca', 'key'], 'a2V5'],
    ['nothing to install on', 'worker', ['machine', 'install'], undefined],
    ['no disk to install on', 'worker', ['machine', 'install', 'disk'], undefined],
    ['a host name that is none', 'worker', ['machine', 'network', 'hostname'], 'no_host'],
    ['a long host name', 'worker', ['machine', 'network', 'hostname'], 'a'.repeat(64)],
    ['a field that there is not', 'worker', ['machine', 'nonsense'], 1],
    ['a number for a text', 'worker', ['machine', 'token'], 1],
    ['no token', 'worker', ['machine', 'token'], undefined],
    ['networks that are none', 'controlplane', ['cluster', 'network', 'podSubnets'], ['none']],
    ['another version', 'worker', ['version'], 'v1beta1'],
    ['no version', 'worker', ['version'], undefined],
    ['a kubelet without a version', 'worker', ['machine', 'kubelet', 'image'], 'kubelet'],
    ['an unknown network plugin', 'controlplane', ['cluster', 'network', 'cni'], { name: 'own' }],
    ['etcd on a worker', 'worker', ['cluster', 'etcd'], {}],
    [
      'a port that is none',
      'worker',
      ['cluster', 'controlPlane', 'endpoint'],
      'https://10.5.0.2:0',
    ],
    [
      'a scheduler without a version',
      'controlplane',
      ['cluster', 'scheduler', 'image'],
      'scheduler',
    ],
    [
      'two fields that there are not',
      'worker',
      ['cluster', 'more'],
      { b: [1, 'x'], a: { c: true } },
    ],
    ['a sysctl', 'worker', ['machine', 'sysctls'], { 'net.ipv4.ip_forward': '1' }],
  ])(
    '(%s, %s) is judged alike by the code of Talos and a simulated node',
    async (mistake, type, path, value) => {
      const document = parseDocument(
        // All of it in one document, as it was when the cluster was made.
        older.machineConfig({ type, installDisk, hostname: 'fresh', talosVersion: 'v1.11.0' }),
      );
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, value);
      const text = document.toString({ lineWidth: 0 });
      const judged = await load(text).then(
        () => 'OK',
        (error: Error) => error.message,
      );
      const node = older.node(type === 'worker' ? 'worker-1' : 'cp-1').address;
      const request = {
        data: Buffer.from(text).toString('base64'),
        mode: 'NO_REBOOT',
        dryRun: true,
      };
      const applied = await go
        .call('ApplyConfiguration', [request], { client: 'older', node })
        .then(
          () => 'OK',
          (error: GoFailure) => error.message,
        );
      if (judged.includes('error occurred:')) expect(applied).toContain(judged);
      else if (judged === 'OK' && !stricter.has(mistake)) expect(applied).toBe('OK');
      // What cannot be read is refused in words of our own.
      else expect(applied).toMatch(/InvalidArgument desc = machine configuration: line \d+/);
    },
  );
});
