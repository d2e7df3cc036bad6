import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import { ConfigProblem } from '../../../testkit/src/topics/config/problem.js';
import { startCluster } from '../support.js';

async function generated(talosVersion = 'v1.14.0') {
  const cluster = await startCluster({ talosVersion });
  return (type: 'controlplane' | 'worker', installDisk?: string) =>
    cluster.machineConfig({ type, installDisk, hostname: 'node-7' });
}

function problemOf(text: string, talosVersion = 'v1.14.0'): string {
  try {
    readConfig(text, talosVersion);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigProblem);
    return (error as ConfigProblem).message;
  }
  throw new Error('the configuration is good');
}

// Talos: machine configurations, several documents from 1.14 on.
describe('a generated configuration', () => {
  it.each(['v1.14.0', 'v1.13.0', 'v1.9.0'])('of %s says what the node is', async (version) => {
    const config = await generated(version);
    const { node, hostname } = readConfig(config('controlplane', '/dev/sda'), version);
    expect(hostname).toBe('node-7');
    expect(node).toMatchObject({
      type: 'controlplane',
      clusterName: 'talos-sim',
      endpoint: 'https://10.5.0.2:6443',
      etcdCa: true,
      install: { disk: '/dev/sda', image: `ghcr.io/siderolabs/installer:${version}` },
    });
    expect(node?.trust.key).toContain('ED25519 PRIVATE KEY');
    expect(node?.kubernetesCa?.key).toContain('EC PRIVATE KEY');
  });

  it('of a worker has no keys of the cluster', async () => {
    const config = await generated();
    const text = config('worker');
    const { node } = readConfig(text, 'v1.14.0');
    expect(node?.trust.key).toBeUndefined();
    expect(node?.kubernetesCa).toBeUndefined();
    expect(node?.etcdCa).toBe(false);
    expect(text).not.toContain('PRIVATE KEY');
  });

  it.each([
    ['v1.11.0', 1],
    ['v1.13.0', 2],
    ['v1.14.0', 14],
  ])(
    'of %s has %i documents for a worker, and more of them with the years',
    async (version, count) => {
      const text = (await generated(version))('worker', '/dev/sda');
      expect(readConfig(text, version).config.documents).toHaveLength(count + (count > 2 ? 1 : 0));
    },
  );

  it('is refused by older nodes that do not know its documents', async () => {
    const text = (await generated())('worker');
    expect(problemOf(text, 'v1.13.0')).toContain(
      'came with Talos 1.14; Talos 1.13 does not know it',
    );
  });

  it('is of the newest form that is known for releases that come later', async () => {
    const text = (await generated('v1.15.2'))('worker');
    expect(readConfig(text, 'v1.15.2').config.get('KubeClusterConfig')).toBeDefined();
  });

  it('is good for the validation of its release', async () => {
    for (const version of ['v1.7.0', 'v1.9.0', 'v1.11.0', 'v1.12.0', 'v1.13.0', 'v1.14.0']) {
      const config = await generated(version);
      for (const type of ['controlplane', 'worker'] as const) {
        expect(readConfig(config(type, '/dev/sda'), version).node?.type).toBe(type);
      }
    }
  });
});

describe('a configuration', () => {
  it.each([
    [
      'machine:\n  type: worker\n',
      /type: (worker|controlplane)/,
      'type: gateway',
      'unknown machine type "gateway"',
    ],
    ['', /https:\/\/10\.5\.0\.2:6443/g, '10.5.0.2', 'KubeClusterConfig: endpoint: '],
    ['', /crt: \S+/, 'crt: bm90aGluZw==', 'machine.ca.crt is no certificate'],
    ['', /hostname: node-7/, `hostname: ${'a'.repeat(64)}`, `invalid hostname "${'a'.repeat(64)}"`],
  ])('is refused when it says what cannot be %#', async (_, pattern, wrong, problem) => {
    const config = await generated();
    expect(problemOf(config('controlplane').replace(pattern, wrong))).toContain(problem);
  });

  it('of a control plane needs the key of the CA', async () => {
    const config = await generated();
    const text = config('worker').replace('type: worker', 'type: controlplane');
    expect(problemOf(text)).toContain('issuing CA key is required for controlplane nodes');
  });

  it('of a worker may not have keys of the cluster', async () => {
    const config = await generated();
    const text = config('controlplane').replace('type: controlplane', 'type: worker');
    expect(problemOf(text)).toContain('issuing Talos API CA key is not allowed');
    expect(problemOf(text)).toContain('etcd config is only allowed on control plane machines');
  });

  it('before 1.14 says where to install', async () => {
    const config = await generated('v1.13.0');
    expect(problemOf(config('worker'), 'v1.13.0')).toContain('install instructions are required');
  });

  it('trusts another CA while the node cannot sign', async () => {
    const config = await generated();
    const text = config('worker').replace(
      /ca:\n +crt: (\S+)\n +key: ""/,
      'acceptedCAs:\n    - crt: $1',
    );
    expect(text).not.toBe(config('worker'));
    expect(readConfig(text, 'v1.14.0').node?.trust.cert).toContain('BEGIN CERTIFICATE');
  });

  it('counts its problems', () => {
    const problem = problemOf('version: v1alpha1\nmachine: {}\n');
    expect(problem).toMatch(
      /^1 error occurred:\n\t\* v1alpha1.Config: 2 errors occurred:\n\t\* cluster instructions/,
    );
  });

  it('may be a part, without the document that makes it complete', () => {
    const text = 'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: part\n';
    expect(readConfig(text, 'v1.14.0')).toMatchObject({ node: undefined, hostname: 'part' });
  });
});
