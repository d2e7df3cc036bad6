import { describe, expect, it } from 'vitest';
import { diffText } from '../../../src/testkit/machine/config/diff.js';
import { ConfigProblem } from '../../../src/testkit/machine/config/documents.js';
import { readConfig } from '../../../src/testkit/machine/config/machine-config.js';
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

  it('has one document before 1.14, and several since, which older nodes refuse', async () => {
    const old = (await generated('v1.13.0'))('worker', '/dev/sda');
    expect(readConfig(old, 'v1.13.0').documents).toHaveLength(1);
    const text = (await generated())('worker');
    expect(readConfig(text, 'v1.14.0').documents.length).toBeGreaterThan(8);
    expect(problemOf(text, 'v1.13.0')).toContain('not registered');
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
    ['', /https:\/\/10\.5\.0\.2:6443/g, '10.5.0.2', 'hostname must not be blank'],
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
    const text = config('worker').replace(/ca:\n +crt: (\S+)/, 'acceptedCAs:\n    - crt: $1');
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

describe('the difference of two texts', () => {
  it('is empty when they are equal', () => {
    expect(diffText('a\nb\n', 'a\nb\n')).toBe('');
  });

  it('shows what changed with three lines around it', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const changed = lines.map((line, index) => (index === 10 ? 'another line' : line));
    expect(diffText(lines.join('\n'), changed.join('\n')).split('\n')).toEqual([
      ' line 7',
      ' line 8',
      ' line 9',
      '-line 10',
      '+another line',
      ' line 11',
      ' line 12',
      ' line 13',
    ]);
  });

  it('keeps what both have in common', () => {
    expect(diffText('a\nb\nc', 'a\nx\nb\nc')).toBe(' a\n+x\n b\n c');
    expect(diffText('a\nb\nc', 'b\nc\nd')).toBe('-a\n b\n c\n+d');
  });
});
