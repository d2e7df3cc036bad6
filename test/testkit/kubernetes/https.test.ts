import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { cluster as clusterFeature } from '../../../generated/features/cluster.js';
import { createAuthority } from '../../../src/pki/authority.js';
import { collectBytes } from '../../../src/runtime/streams/collect.js';
import { startCluster } from '../support.js';
import type { Doc } from './support.js';

/** What a kubeconfig says, decoded. */
function read(text: string) {
  const { clusters, users } = parse(text);
  const decoded = (base64: string) => Buffer.from(base64, 'base64').toString();
  return {
    server: clusters[0].cluster.server as string,
    ca: decoded(clusters[0].cluster['certificate-authority-data']),
    cert: decoded(users[0].user['client-certificate-data']),
    key: decoded(users[0].user['client-key-data']),
  };
}

type Access = Partial<ReturnType<typeof read>> & { readonly server: string };

/** One request over HTTPS. */
function ask({ server, ...tls }: Access, path: string, method = 'GET', body?: object) {
  const agent = new Agent({ ...tls, keepAlive: false });
  onTestFinished(() => agent.destroy());
  return new Promise<{ status: number; body: Doc }>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const call = request(`${server}${path}`, { agent, method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function started(controlPlanes = 1) {
  const cluster = await startCluster({ controlPlanes, workers: 1, transport: 'tls' });
  return { cluster, kubernetes: cluster.kubernetes, admin: read(cluster.kubernetes.kubeconfig()) };
}

describe('the Kubernetes API over HTTPS', () => {
  it('is reached with the kubeconfig that Talos gives', async () => {
    const { cluster } = await started();
    const archive = await collectBytes(
      clusterFeature(cluster.client().node('10.5.0.2')).kubeconfig(),
    );
    const { gunzipSync, constants } = await import('node:zlib');
    const tar = gunzipSync(archive, { finishFlush: constants.Z_SYNC_FLUSH });
    const access = read(tar.subarray(512).toString().replace(/\0+$/, ''));
    const { subject } = new X509Certificate(access.cert);
    expect(subject.split('\n').sort()).toEqual(['CN=admin', 'O=system:masters']);
    const { status, body } = await ask(access, '/api/v1/nodes');
    expect(status).toBe(200);
    expect(body.items.map(({ metadata }: Doc) => metadata.name)).toEqual(['cp-1', 'worker-1']);
  });

  it('evicts pods, and writes down who asked', async () => {
    const { kubernetes, admin } = await started();
    kubernetes.addPod({ name: 'one' });
    const path = '/api/v1/namespaces/default/pods/one/eviction';
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' } };
    expect(await ask(admin, path, 'POST', eviction)).toMatchObject({ status: 201 });
    await kubernetes.until(() => kubernetes.pods.every(({ name }) => name !== 'one'));
    expect(kubernetes.requests.at(-1)).toMatchObject({
      method: 'POST',
      path,
      user: 'admin',
      node: 'cp-1',
      status: 201,
    });
  });

  it('knows nobody without a certificate of its CA', async () => {
    const { admin } = await started();
    const { cert, key, ...nobody } = admin;
    expect(await ask(nobody, '/api/v1/nodes')).toMatchObject({
      status: 401,
      body: { kind: 'Status', reason: 'Unauthorized' },
    });
    const stranger = createAuthority().issueClient({ roles: ['system:masters'] });
    const other = { ...nobody, cert: stranger.cert, key: stranger.pkcs8Key };
    expect(await ask(other, '/api/v1/nodes')).toMatchObject({ status: 401 });
  });

  it('leaves clients to check its certificate by the CA of Kubernetes', async () => {
    const { admin } = await started();
    await expect(ask({ server: admin.server }, '/version')).rejects.toThrow(/certificate/);
  });

  it('has an endpoint that leads to a control plane that runs, and one for each', async () => {
    const { cluster, kubernetes, admin } = await started(3);
    const own = (name: string) => ({
      ...admin,
      server: cluster.node(name).kubernetesEndpoint as string,
    });
    expect(new Set(['cp-1', 'cp-2', 'cp-3'].map((name) => own(name).server)).size).toBe(3);
    cluster.node('cp-1').kill();
    await expect(ask(own('cp-1'), '/version')).rejects.toThrow();
    for (const access of [admin, own('cp-2'), own('cp-3')]) {
      expect(await ask(access, '/version')).toMatchObject({ status: 200 });
    }
    expect(kubernetes.requests.at(-3)?.node).toBe('cp-2');
    for (const name of ['cp-2', 'cp-3']) {
      cluster.node(name).staticPods.hold('kube-apiserver');
      await expect(ask(own(name), '/version')).rejects.toThrow();
    }
    await expect(ask(admin, '/version')).rejects.toThrow();
    cluster.node('cp-3').staticPods.release('kube-apiserver');
    await kubernetes.until(() => kubernetes.isUp);
    expect(await ask(admin, '/version')).toMatchObject({ status: 200 });
    cluster.node('cp-3').disconnect();
    await expect(ask(admin, '/version')).rejects.toThrow();
  });
});
