import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { containersMethods } from '../../../generated/features/containers.js';
import { filesMethods } from '../../../generated/features/files.js';
import { logsMethods } from '../../../generated/features/logs.js';
import { type ListResponse, resourcesMethods } from '../../../generated/features/resources.js';
import { services, servicesMethods } from '../../../generated/features/services.js';
import { systemMethods } from '../../../generated/features/system.js';
import type { OperationProgress } from '../../../src/operations/run/progress.js';
import {
  type SupportBundle,
  type SupportBundleOptions,
  supportBundle,
} from '../../../src/operations/support-bundle/index.js';
import type { Init } from '../../../src/runtime/codec.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import type { SimulatedCluster } from '../../../testkit/src/index.js';
import { temporaryFolder } from '../../codegen/protos/support.js';
import { failureOf, tlsCluster } from '../../support/feature-calls.js';
import { FakeKubernetes } from '../support/fake-kubernetes.js';
import { sizesByPython, testByUnzip, unzip } from './unzip.js';

/** A bundle of a cluster over mTLS, and what is in it. */
async function bundleOf(
  cluster: SimulatedCluster,
  { role, ...options }: SupportBundleOptions & { readonly role?: string } = {},
) {
  const path = join(temporaryFolder(), 'support.zip');
  const client = role === undefined ? {} : { role: role as 'os:reader' };
  const told: OperationProgress[] = [];
  const onProgress = (progress: OperationProgress): void => {
    told.push(progress);
    options.onProgress?.(progress as never);
  };
  const result = await supportBundle(cluster.client({ retry: false, ...client }), path, {
    kubernetes: 'none',
    ...options,
    onProgress,
  });
  const unzipped = unzip(readFileSync(path));
  const content = Object.fromEntries(
    unzipped.map(({ name, content }) => [name, content.toString()]),
  );
  expect(Object.keys(content)).toHaveLength(unzipped.length);
  expect(result.files).toBe(unzipped.length);
  return { path, result, told, content, paths: Object.keys(content).sort() };
}

interface Named {
  readonly metadata: { readonly name: string };
}

const small: ClusterOptions = { controlPlanes: 1 };

/** What failed: path → message. */
function failed({ failures }: SupportBundle): Record<string, string> {
  return Object.fromEntries(failures.map(({ path, error }) => [path, (error as Error).message]));
}

function kubernetes(): FakeKubernetes {
  const api = new FakeKubernetes();
  api.nodes.set('cp-1', {});
  api.addPod('kube-system/coredns-1', { node: 'cp-1' });
  return api;
}

describe('the bundle of a whole cluster', () => {
  it('has the paths of talosctl, one for each container, and nothing secret', async () => {
    const cluster = await tlsCluster({ controlPlanes: 3, workers: 2 });
    const before = cluster.journal.calls.length;
    const { path, result, paths, content, told } = await bundleOf(cluster, {
      kubernetes: undefined,
    });
    expect(failed(result)).toEqual({});
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['support.zip']);
    // Two more readers find the same.
    expect(Object.keys(sizesByPython(path) ?? content).sort()).toEqual(paths);
    expect(testByUnzip(path) ?? true).toBe(true);

    expect(result.nodes).toEqual(cluster.nodes.map(({ address }) => address));
    const base = [
      'dmesg.log',
      'controller-runtime.log',
      'dns-resolve-cache.log',
      'dependencies.dot',
    ];
    base.push('mounts', 'devices', 'io', 'processes', 'summary');
    const talos = cluster.client();
    for (const { address } of cluster.nodes) {
      const own = paths.filter((each) => each.startsWith(`${address}/`));
      const inFolder = (folder: string) =>
        own.filter((each) => each.startsWith(`${address}/${folder}`));
      expect(own.filter((each) => each.split('/').length === 2).sort()).toEqual(
        base.map((name) => `${address}/${name}`).sort(),
      );
      const ids = (await services(talos.node(address)).list()).services.map(({ id }) => id);
      expect(inFolder('service-logs/')).toEqual(
        ids
          .flatMap((id) => [`${id}.log`, `${id}.state`])
          .map((name) => `${address}/service-logs/${name}`)
          .sort(),
      );
      expect(inFolder('kubernetes-logs/kube-system/').length).toBeGreaterThan(0);
      expect(inFolder('resources/').length).toBeGreaterThan(60);
      expect(own.length).toBe(
        base.length +
          inFolder('service-logs/').length +
          inFolder('kubernetes-logs/').length +
          inFolder('resources/').length,
      );
    }
    expect(paths.filter((each) => !/^10\./.test(each))).toEqual([
      'kubernetesResources/nodes.yaml',
      'kubernetesResources/systemPods.yaml',
    ]);
    // A pod with several containers has a file for each.
    expect(paths).toContainEqual(expect.stringMatching(/kube-flannel-\w+-kube-flannel\.log$/));
    expect(paths).toContainEqual(
      expect.stringMatching(/kube-flannel-\w+-install-config-exited\.log$/),
    );

    expect(content['10.5.0.2/mounts']).toMatch(
      /^FILESYSTEM +SIZE\(GB\) +USED\(GB\) +AVAILABLE\(GB\) +PERCENT USED +MOUNTED ON\n/,
    );
    expect(content['10.5.0.2/io']).toMatch(
      /^NAME +IO_TIME +IO_TIME_WEIGHTED +DISK_WRITE_SECTORS +DISK_READ_SECTORS\n/,
    );
    expect(content['10.5.0.2/processes']).toMatch(
      /^PID +STATE +THREADS +CPU-TIME +VIRTMEM +RESMEM +COMMAND\n/,
    );
    expect(content['10.5.0.2/summary']).toMatch(/^Client:\n.*Server:\n\tTag: +v1\.14\.0\n/s);
    expect(content['10.5.0.2/service-logs/kubelet.state']).toMatch(
      /^ID +kubelet\nSTATE +Running\nHEALTH +OK\n/,
    );
    expect(content['10.5.0.2/dependencies.dot']).toMatch(/^digraph \{\n.*->.*\n\}\n$/s);
    expect(
      content['10.5.0.2/resources/members.cluster.talos.dev.yaml']?.split('\n---\n'),
    ).toHaveLength(5);
    const nodesYaml = parse(content['kubernetesResources/nodes.yaml'] ?? '');
    expect(nodesYaml).toMatchObject({ apiVersion: 'v1', kind: 'NodeList' });
    expect(nodesYaml.items.map(({ metadata }: Named) => metadata.name).sort()).toEqual(
      cluster.nodes.map(({ name }) => name),
    );
    const pods = parse(content['kubernetesResources/systemPods.yaml'] ?? '').items;
    expect(pods.length).toBeGreaterThan(10);
    for (const { metadata } of pods) expect(metadata.namespace).toBe('kube-system');

    // Secret kinds are redacted, the configuration with its structure.
    expect(
      content['10.5.0.2/resources/osrootsecrets.secrets.talos.dev.yaml'] ?? 'spec: <REDACTED>',
    ).toContain('spec: <REDACTED>');
    const config = content['10.5.0.2/resources/machineconfigs.config.talos.dev.yaml'] ?? '';
    expect(config).toMatch(/spec: \|\n/);
    expect(config).toContain('<redacted>');
    const everything = Object.values(content).join('\n');
    expect(everything).not.toContain('PRIVATE KEY');
    for (const secret of secretsOf(cluster)) expect(everything).not.toContain(secret);

    // It only looked.
    const asked = new Set(
      cluster.journal.calls.slice(before).map(({ rpc }) => rpc.replace(/.*\//, '')),
    );
    expect([...asked].sort()).toEqual([
      'Containers',
      'ControllerRuntimeDependencies',
      'DiskStats',
      'Dmesg',
      'Kubeconfig',
      'List',
      'Logs',
      'Mounts',
      'Processes',
      'Read',
      'ServiceList',
      'Version',
    ]);
    expect(told.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual([
      'find nodes',
      'ask nodes',
      'collect',
      'save',
    ]);
    expect(told.filter(({ type }) => type === 'bytes').length).toBeGreaterThan(result.files / 2);
  });

  it('tells of a node that is down, and asks it for nothing else', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1, workers: 1 });
    cluster.node('worker-1').disconnect();
    const { result, paths, content } = await bundleOf(cluster);
    expect(Object.keys(failed(result))).toEqual(['10.5.0.3/']);
    expect(content['errors.txt']).toMatch(/^10\.5\.0\.3\/: .*unavailable/);
    expect(paths).toContain('10.5.0.2/dmesg.log');
    expect(paths.filter((each) => each.startsWith('10.5.0.3'))).toEqual([]);
  });

  it('leaves the rest of a node out that goes away meanwhile', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1, workers: 1 });
    const worker = cluster.node('worker-1');
    let isGone = false;
    const { result, content, paths } = await bundleOf(cluster, {
      nodes: ['10.5.0.3', '10.5.0.2'],
      onProgress: ({ type, node }) => {
        if (type !== 'bytes' || node !== '10.5.0.3' || isGone) return;
        isGone = true;
        worker.disconnect();
      },
    });
    const reasons = Object.values(failed(result));
    expect(reasons.length).toBeGreaterThan(100);
    expect(
      reasons.filter((each) => !each.startsWith('left out: the node does not answer')).length,
    ).toBeLessThan(20);
    expect(content['errors.txt']).toContain('10.5.0.3/summary: ');
    expect(paths.filter((each) => each.startsWith('10.5.0.2/')).length).toBeGreaterThan(100);
  });
});

describe('what cannot be collected', () => {
  it('is told inside and in the result; the rest is there', async () => {
    const cluster = await tlsCluster(small);
    const node = cluster.node('cp-1');
    node.fail(filesMethods.mounts, 'internal', { message: 'statfs failed' });
    node.fail(containersMethods.list, 'unknown', { message: 'no runtime' });
    node.fail(servicesMethods.list, 'unknown', { message: 'no services' });
    const { result, content, paths, told } = await bundleOf(cluster);
    expect(failed(result)).toEqual({
      '10.5.0.2/kubernetes-logs/': expect.stringContaining('no runtime'),
      '10.5.0.2/service-logs/': expect.stringContaining('no services'),
      '10.5.0.2/mounts': expect.stringContaining('statfs failed'),
    });
    expect(content['errors.txt']?.trimEnd().split('\n')).toHaveLength(3);
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'note', text: expect.stringContaining('statfs failed') }),
    );
    expect(paths).toContain('10.5.0.2/io');
  });

  it('keeps what came of a log that breaks off', async () => {
    const cluster = await tlsCluster(small);
    cluster.node('cp-1').on(logsMethods.dmesg, async function* () {
      yield Buffer.from('first line\n');
      throw new Error('the kernel is silent');
    });
    const { result, content } = await bundleOf(cluster);
    expect(content['10.5.0.2/dmesg.log']).toBe('first line\n');
    expect(failed(result)).toEqual({
      '10.5.0.2/dmesg.log': expect.stringContaining('the kernel is silent'),
    });
  });

  it('because of the role is told as well', async () => {
    const cluster = await tlsCluster(small);
    const { result, paths } = await bundleOf(cluster, { role: 'os:reader', kubernetes: undefined });
    const reasons = failed(result);
    expect(reasons['10.5.0.2/devices']).toContain('permission-denied');
    expect(reasons['kubernetesResources/nodes.yaml']).toContain('permission-denied');
    expect(paths).toContain('10.5.0.2/dmesg.log');
    expect(paths).toContain('10.5.0.2/resources/members.cluster.talos.dev.yaml');
    expect(paths).not.toContain('10.5.0.2/resources/machineconfigs.config.talos.dev.yaml');
  });

  it('of a configuration is what its structure calls secret; one that nobody can read is left out', async () => {
    const cluster = await tlsCluster(small);
    const type = 'MachineConfigs.config.talos.dev';
    const keys = 'keys: [{ slot: 0, static: { passphrase: abc } }]';
    const config = `machine: { type: worker, systemDiskEncryption: { state: { ${keys} } } }`;
    const resource = (own: string, id: string, yamlSpec: string): Init<ListResponse> => ({
      resource: { metadata: { type: own, id, version: '1' }, spec: { yamlSpec } },
    });
    cluster.node('cp-1').on(resourcesMethods.list, async function* (_call, { type: asked }) {
      if (asked === 'ResourceDefinitions.meta.cosi.dev') {
        const definition = `type: ${type}\ndefaultNamespace: config\nsensitivity: sensitive\n`;
        yield resource(asked, type.toLowerCase(), definition);
      } else if (asked === type) {
        yield resource(type, 'one', JSON.stringify(config));
        yield resource(type, 'two', JSON.stringify('machine: [abc'));
      }
    });
    const { content, result } = await bundleOf(cluster, { nodes: ['10.5.0.2'] });
    expect(failed(result)).toEqual({});
    const text = content['10.5.0.2/resources/machineconfigs.config.talos.dev.yaml'] ?? '';
    expect(text).toContain('passphrase: <redacted>');
    expect(text).toMatch(/id: two\n.*\nspec: <REDACTED>\n$/s);
    expect(text).not.toContain('abc');
  });

  it('of Kubernetes is told, and secrets in what is there are redacted', async () => {
    const cluster = await tlsCluster(small);
    const api = kubernetes();
    const pod = {
      metadata: {
        namespace: 'kube-system',
        name: 'p',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"a":"abcdefgh"}' },
      },
      spec: {
        containers: [
          {
            name: 'c',
            env: [
              { name: 'DB_PASSWORD', value: 'correct horse' },
              { name: 'A', value: 'b' },
            ],
          },
        ],
      },
    };
    const queries: unknown[] = [];
    api.listPods = async (query) => {
      queries.push(query);
      return [pod as never];
    };
    api.listNodes = () => Promise.reject(new Error('nodes are shy'));
    const { result, content } = await bundleOf(cluster, { kubernetes: api });
    expect(failed(result)).toEqual({ 'kubernetesResources/nodes.yaml': 'nodes are shy' });
    expect(queries).toEqual([{ namespace: 'kube-system' }]);
    const yaml = content['kubernetesResources/systemPods.yaml'];
    expect(yaml).toContain('value: <redacted>');
    expect(yaml).toContain('value: b');
    expect(yaml).not.toMatch(/correct horse|abcdefgh/);
  });
});

describe('a bundle', () => {
  it('needs little memory, however long a log is', async () => {
    const cluster = await tlsCluster(small);
    const block = Buffer.from(`${'a line of a long log '.repeat(48)}\n`.repeat(32));
    const blocks = 4_800;
    let most = 0;
    cluster.node('cp-1').on(logsMethods.dmesg, async function* () {
      for (let index = 0; index < blocks; index += 1) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        yield block;
      }
    });
    const before = process.memoryUsage().arrayBuffers;
    const { result, content } = await bundleOf(cluster);
    expect(failed(result)).toEqual({});
    expect(content['10.5.0.2/dmesg.log']?.length).toBe(block.length * blocks);
    // Most of it is waiting for the garbage collector, whose time nobody knows.
    expect(most - before).toBeLessThan((2 * block.length * blocks) / 3);
  });

  it('that is cancelled leaves nothing behind', async () => {
    const cluster = await tlsCluster(small);
    for (const step of ['find nodes', 'ask nodes', 'collect', 'save'] as const) {
      const folder = temporaryFolder();
      const stop = new AbortController();
      const reason = new Error('enough');
      const running = supportBundle(cluster.client(), join(folder, 'support.zip'), {
        signal: stop.signal,
        kubernetes: 'none',
        onProgress: (progress) => {
          if (progress.type === (step === 'collect' ? 'bytes' : 'step') && progress.step === step) {
            stop.abort(reason);
          }
        },
      });
      if (step === 'save') {
        // Nothing is asked any more: it is saved, or not there.
        await running.catch((error: unknown) => expect(error).toBe(reason));
      } else {
        await expect(running, step).rejects.toBe(reason);
        expect(readdirSync(folder)).toEqual([]);
      }
      expect(existsSync(join(folder, 'support.zip.part'))).toBe(false);
    }
  });

  it('whose nodes nobody knows fails, unless they are named', async () => {
    const cluster = await tlsCluster(small);
    const node = cluster.node('cp-1');
    node.fail(systemMethods.version, 'internal', { message: 'never' });
    const path = join(temporaryFolder(), 'support.zip');
    const { result } = await bundleOf(cluster, { nodes: ['10.5.0.2'] });
    expect(failed(result)).toEqual({ '10.5.0.2/': expect.stringContaining('never') });
    await cluster.close();
    const error = await failureOf(
      supportBundle(cluster.client({ retry: false }), path, { kubernetes: 'none' }),
    );
    expect(error).toMatchObject({ code: 'operation', step: 'find nodes', outcome: 'unchanged' });
    expect(existsSync(path)).toBe(false);
  });

  it('of one node is about that node', async () => {
    const cluster = await tlsCluster({ controlPlanes: 1, workers: 1 });
    const path = join(temporaryFolder(), 'support.zip');
    const { nodes } = await supportBundle(cluster.client().node('10.5.0.3'), path, {
      kubernetes: 'none',
    });
    expect(nodes).toEqual(['10.5.0.3']);
  });

  it('is not written over another file unless that is said', async () => {
    const cluster = await tlsCluster(small);
    const path = join(temporaryFolder(), 'support.zip');
    await writeFile(path, 'mine');
    const options = { kubernetes: 'none', nodes: ['10.5.0.2'] } as const;
    const error = await failureOf(supportBundle(cluster.client(), path, options));
    expect(error).toMatchObject({ code: 'config', field: 'file' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await supportBundle(cluster.client(), path, { ...options, overwrite: true });
    expect(unzip(readFileSync(path)).length).toBeGreaterThan(50);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['', {}, 'file'],
    ['a.zip', { nodes: [] }, 'nodes'],
    ['a.zip', { nodes: '10.5.0.2' }, 'nodes'],
    ['a.zip', { nodes: ['10.5.0.2:50000'] }, ''],
    ['a.zip', { kubernetes: 'no' }, 'kubernetes'],
    ['a.zip', { kubernetes: {} }, 'kubernetes'],
    ['a.zip', { recipients: 'age1' }, 'recipients'],
    ['a.zip', { overWrite: true }, 'overWrite'],
  ])('refuses what is wrong: %#', async (file, options, field) => {
    const cluster = await tlsCluster(small);
    const error = await failureOf(supportBundle(cluster.client(), file, options as never));
    expect(error).toMatchObject({ code: 'config' });
    if (field !== '') expect(error).toMatchObject({ field });
  });
});

interface Age {
  readonly Decrypter: new () => {
    addIdentity(identity: string): void;
    decrypt(bytes: Uint8Array): Promise<Uint8Array>;
  };
  generateX25519Identity(): Promise<string>;
  identityToRecipient(identity: string): Promise<string>;
}
const name = 'age-encryption';
const age = await (import(name) as Promise<Age>).catch(() => undefined);
if (age === undefined) console.warn('skipped: age-encryption is not installed; npm ci installs it');

describe('encryption with age', () => {
  it('says what to install when it is missing', async () => {
    vi.doMock(name, () => {
      throw new Error('no such package');
    });
    onTestFinished(() => {
      vi.doUnmock(name);
    });
    const cluster = await tlsCluster(small);
    const path = join(temporaryFolder(), 'support.zip.age');
    const error = await failureOf(supportBundle(cluster.client(), path, { recipients: ['age1'] }));
    expect(error).toMatchObject({ code: 'config', field: 'recipients' });
    expect((error as Error).message).toContain('npm install age-encryption');
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(age === undefined)('is for the recipients that are named', async () => {
    const { Decrypter, generateX25519Identity, identityToRecipient } = age as Age;
    const cluster = await tlsCluster(small);
    const path = join(temporaryFolder(), 'support.zip.age');
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    const recipients = await Promise.all(identities.map((each) => identityToRecipient(each)));
    const { files: count } = await supportBundle(cluster.client(), path, {
      recipients,
      kubernetes: 'none',
    });
    const bytes = readFileSync(path);
    expect(bytes.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
    expect(bytes.includes(Buffer.from('dmesg.log'))).toBe(false);
    for (const identity of identities) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      expect(unzip(Buffer.from(await decrypter.decrypt(bytes)))).toHaveLength(count);
    }
  });

  it.skipIf(age === undefined)('refuses keys of SSH, before anything is asked', async () => {
    const cluster = await tlsCluster(small);
    const path = join(temporaryFolder(), 'support.zip.age');
    const recipients = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDummy'];
    const error = await failureOf(supportBundle(cluster.client(), path, { recipients }));
    expect(error).toMatchObject({ code: 'config', field: 'recipients[0]' });
    expect((error as Error).message).not.toContain('AAAAC3');
    expect(cluster.journal.calls).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });
});

/** Texts of the cluster that must not leave it: keys and tokens of all configurations. */
function secretsOf(cluster: SimulatedCluster): readonly string[] {
  const text = cluster.nodes
    .map(({ name }) =>
      cluster.machineConfig({ type: name.startsWith('cp') ? 'controlplane' : 'worker' }),
    )
    .join('\n');
  const found = [
    ...text.matchAll(
      /^\s*(?:key|token|secret|secretboxEncryptionSecret|privateKey|clusterSecret): "?([^\s"|]{16,})/gm,
    ),
  ];
  const secrets = [...new Set(found.map(([, secret = '']) => secret))];
  expect(secrets.length).toBeGreaterThan(3);
  return secrets;
}
