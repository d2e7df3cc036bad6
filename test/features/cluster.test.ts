import { X509Certificate } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { clusterMethods, cluster as clusterOf } from '../../generated/features/cluster.js';
import { fromMs } from '../../src/runtime/time.js';
import { services } from '../../testkit/src/topics/services/services.js';
import { recordCoverage } from '../support/coverage.js';
import { expectRefused, failureOf, tlsCluster } from '../support/feature-calls.js';

const covered = recordCoverage();

async function started(workers = 1) {
  const cluster = covered(await tlsCluster({ controlPlanes: 2, workers }));
  return { cluster, target: cluster.client().node('10.5.0.2') };
}

async function messages(stream: AsyncIterable<{ message: string }>): Promise<string[]> {
  const list: string[] = [];
  for await (const { message } of stream) list.push(message);
  return list;
}

const waitTimeout = fromMs(20_000);

describe('healthCheck', () => {
  it('names the nodes, goes through the checks in order, and ends well', async () => {
    const { target } = await started();
    const lines = await messages(clusterOf(target).healthCheck({ waitTimeout }));
    expect(lines[0]).toBe('discovered nodes: ["10.5.0.2" "10.5.0.3" "10.5.0.4"]');
    expect(lines.slice(1)).toEqual(
      [
        'etcd to be healthy',
        'etcd members to be consistent across nodes',
        'etcd members to be control plane nodes',
        'apid to be ready',
        'all nodes memory sizes',
        'all nodes disk sizes',
        'no diagnostics',
        'kubelet to be healthy',
        'all nodes to finish boot sequence',
        'all k8s nodes to report',
        'all control plane static pods to be running',
        'all control plane components to be ready',
        'all k8s nodes to report ready',
        'kube-proxy to report ready',
        'coredns to report ready',
        'all k8s nodes to report schedulable',
      ].map((what) => `waiting for ${what}: OK`),
    );
  });

  it('follows what happens: a kubelet that crashes is waited for', async () => {
    const { cluster, target } = await started();
    const state = cluster.node('worker-1').machine.state(services);
    state.crash('kubelet');
    const stream = clusterOf(target).healthCheck({ waitTimeout });
    const lines = await messages(stream);
    const text = 'waiting for kubelet to be healthy: ';
    const about = lines.filter((line) => line.startsWith(text));
    expect(about[0]).toContain('10.5.0.4: service "kubelet" not in expected state "Running"');
    expect(about.at(-1)).toBe(`${text}OK`);
  });

  it('checks the nodes that the caller names', async () => {
    const { target } = await started();
    const clusterInfo = { controlPlaneNodes: ['10.5.0.3', '10.5.0.2'], workerNodes: [] };
    const lines = await messages(clusterOf(target).healthCheck({ waitTimeout, clusterInfo }));
    expect(lines[0]).toBe('discovered nodes: ["10.5.0.3" "10.5.0.2"]');
    expect(lines.at(-1)).toBe('waiting for all k8s nodes to report schedulable: OK');
  });

  it('does not get past etcd members on control planes that the caller did not name', async () => {
    const { target } = await started();
    const clusterInfo = { controlPlaneNodes: ['10.5.0.3'], workerNodes: [] };
    const stream = clusterOf(target).healthCheck({ waitTimeout, clusterInfo });
    const text = 'waiting for etcd members to be control plane nodes: ';
    for await (const { message } of stream) {
      if (!message.startsWith(text)) continue;
      expect(message).toContain('are not subset of control plane node ips ["10.5.0.3"]');
      break;
    }
  });

  it('fails when the cluster does not get healthy in time, and says what was missing', async () => {
    const { cluster, target } = await started();
    cluster.node('worker-1').kill();
    const stream = clusterOf(target).healthCheck({ waitTimeout: fromMs(200) });
    const lines: string[] = [];
    const error = await failureOf(
      (async () => {
        for await (const { message } of stream) lines.push(message);
      })(),
    );
    expect(error).toMatchObject({ status: 'deadline-exceeded' });
    expect(lines.at(-1)).toContain('waiting for apid to be ready: 10.5.0.4: rpc error');
  });

  it('expires at once when it is not told how long to wait', async () => {
    const { target } = await started();
    const stream = clusterOf(target).healthCheck({ waitTimeout: {} });
    expect(await failureOf(stream.next())).toMatchObject({ status: 'deadline-exceeded' });
  });

  it('never gets further than its first check for callers who are no admins', async () => {
    const { cluster } = await started();
    const reader = clusterOf(cluster.client({ role: 'os:reader' }).node('10.5.0.2'));
    const stream = reader.healthCheck({ waitTimeout });
    await stream.next();
    expect((await stream.next()).value?.message).toContain('desc = not authorized');
    await stream.return();
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    const client = clusterOf(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(client.healthCheck({ waitTimeout }).next());
  });

  it('is not served by workers', async () => {
    const { cluster } = await started();
    const worker = cluster.client().node('10.5.0.4');
    expect(await failureOf(clusterOf(worker).healthCheck({ waitTimeout }).next())).toMatchObject({
      status: 'unimplemented',
    });
  });
});

describe('kubeconfig', () => {
  /** The file in an archive that lacks its end: header, then so many bytes. */
  function fileIn(archive: Uint8Array): { name: string; mode: string; text: string; rest: number } {
    const tar = gunzipSync(archive);
    const field = (start: number, length: number) =>
      tar.toString('ascii', start, start + length).replace(/\0.*$/, '');
    const size = Number.parseInt(field(124, 12), 8);
    return {
      name: field(0, 100),
      mode: field(100, 8),
      text: tar.toString('utf8', 512, 512 + size),
      rest: tar.length - 512 - size,
    };
  }

  async function archiveOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('is one file in a tar without padding and end, for an admin of the cluster', async () => {
    const { cluster, target } = await started();
    const file = fileIn(await archiveOf(clusterOf(target).kubeconfig()));
    expect(file).toMatchObject({ name: 'kubeconfig', mode: '0000600', rest: 0 });
    const kubeconfig = parse(file.text);
    expect(kubeconfig['current-context']).toBe('admin@talos-sim');
    expect(kubeconfig.clusters[0].cluster.server).toBe(cluster.kubernetes.endpoint);
    const decode = (text: string) => Buffer.from(text, 'base64');
    const user = kubeconfig.users[0].user;
    const admin = new X509Certificate(decode(user['client-certificate-data']));
    const ca = new X509Certificate(
      decode(kubeconfig.clusters[0].cluster['certificate-authority-data']),
    );
    expect(admin.subject.split('\n').sort()).toEqual(['CN=admin', 'O=system:masters']);
    expect(admin.verify(ca.publicKey)).toBe(true);
    expect(decode(user['client-key-data']).toString()).toContain('BEGIN EC PRIVATE KEY');
  });

  it('has another certificate each time', async () => {
    const { target } = await started();
    const certificate = async () => {
      const { text } = fileIn(await archiveOf(clusterOf(target).kubeconfig()));
      return parse(text).users[0].user['client-certificate-data'];
    };
    expect(await certificate()).not.toBe(await certificate());
  });

  it('is refused to operators', async () => {
    const { cluster } = await started();
    const operator = clusterOf(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.kubeconfig().next());
  });

  it('ends at the deadline of the caller', async () => {
    const { cluster, target } = await started();
    cluster.node('cp-1').stall(clusterMethods.kubeconfig);
    const stream = clusterOf(target).kubeconfig({}, { timeoutMs: 100 });
    expect(await failureOf(stream.next())).toMatchObject({ status: 'deadline-exceeded' });
  });

  it('fails on workers', async () => {
    const { cluster } = await started();
    const worker = clusterOf(cluster.client().node('10.5.0.4'));
    expect(await failureOf(worker.kubeconfig().next())).toMatchObject({
      status: 'unimplemented',
    });
  });
});
