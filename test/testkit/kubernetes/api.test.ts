import { describe, expect, it } from 'vitest';
import { serveKubernetes } from '../../../testkit/src/kubernetes-api/serve.js';
import { type Doc, namesIn, startKubernetes } from './support.js';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

describe('the Kubernetes API', () => {
  it('lists nodes as the API of Kubernetes does', async () => {
    const { get } = await startKubernetes();
    const list = await get('/api/v1/nodes');
    expect(list).toMatchObject({ kind: 'NodeList', apiVersion: 'v1' });
    expect(namesIn(list)).toEqual(['cp-1', 'worker-1', 'worker-2']);
    const [controlPlane, worker] = list.items;
    expect(controlPlane.kind).toBeUndefined();
    expect(controlPlane.spec.taints).toEqual([
      { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
    ]);
    expect(controlPlane.metadata.labels).toHaveProperty(
      ['node-role.kubernetes.io/control-plane'],
      '',
    );
    expect(worker.spec.taints).toBeUndefined();
    expect(worker.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True', reason: 'KubeletReady' }),
    );
    expect(worker.status.addresses).toContainEqual({ type: 'InternalIP', address: '10.5.0.3' });
    expect(await get('/api/v1/nodes/worker-1')).toMatchObject({ kind: 'Node', apiVersion: 'v1' });
  });

  it('has the pods of a new Talos cluster: static ones with mirrors, DaemonSets and CoreDNS', async () => {
    const { get } = await startKubernetes();
    const { items } = await get('/api/v1/namespaces/kube-system/pods');
    const owners = items.map(({ metadata }: Doc) => {
      const [{ kind, name }] = metadata.ownerReferences;
      return kind === 'ReplicaSet' ? kind : `${kind}/${name}`;
    });
    const count = (wanted: string) => owners.filter((owner: string) => owner === wanted).length;
    expect(count('Node/cp-1')).toBe(3);
    expect(count('DaemonSet/kube-flannel')).toBe(3);
    expect(count('DaemonSet/kube-proxy')).toBe(3);
    expect(count('ReplicaSet')).toBe(2);
    const mirror = items[owners.indexOf('Node/cp-1')];
    expect(mirror.metadata.annotations).toHaveProperty(['kubernetes.io/config.mirror']);
    for (const { status } of items) {
      expect(status.phase).toBe('Running');
      expect(status.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
    }
  });

  it('finds pods by node, by labels, by both, and by several values', async () => {
    const { get } = await startKubernetes();
    const on = await get('/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-1');
    expect(on.items.length).toBeGreaterThan(1);
    for (const { spec } of on.items) expect(spec.nodeName).toBe('worker-1');
    const proxies = await get('/api/v1/pods?labelSelector=k8s-app%3Dkube-proxy');
    expect(proxies.items).toHaveLength(3);
    const both =
      '/api/v1/pods?labelSelector=k8s-app%3Dkube-proxy&fieldSelector=spec.nodeName%3Dcp-1';
    expect((await get(both)).items).toHaveLength(1);
    const set = encodeURIComponent('k8s-app in (kube-proxy, flannel),tier');
    expect((await get(`/api/v1/pods?labelSelector=${set}`)).items).toHaveLength(6);
    const not = encodeURIComponent('tier notin (node),!component');
    expect(namesIn(await get(`/api/v1/pods?labelSelector=${not}`))).toEqual([
      expect.stringMatching(/^coredns-/),
      expect.stringMatching(/^coredns-/),
    ]);
  });

  it('refuses selectors that cannot be read, and fields that pods are not found by', async () => {
    const { ask } = await startKubernetes();
    expect(await ask('/api/v1/pods?labelSelector=%3D%3D')).toMatchObject({ status: 400 });
    expect(await ask('/api/v1/pods?fieldSelector=spec.colour%3Dred')).toMatchObject({
      status: 400,
      body: {
        kind: 'Status',
        reason: 'BadRequest',
        message: 'field label not supported: spec.colour',
      },
    });
  });

  it('gives long lists in pages', async () => {
    const { get, ask } = await startKubernetes();
    const whole = namesIn(await get('/api/v1/pods'));
    const names: string[] = [];
    let query = 'limit=4';
    for (;;) {
      const page = await get(`/api/v1/pods?${query}`);
      names.push(...namesIn(page));
      const { continue: token, remainingItemCount } = page.metadata;
      if (token === undefined) break;
      expect(remainingItemCount).toBe(whole.length - names.length);
      query = `limit=4&continue=${encodeURIComponent(token)}`;
    }
    expect(names).toEqual(whole);
    expect(await ask('/api/v1/pods?limit=4&continue=nonsense')).toMatchObject({ status: 400 });
  });

  it('gives another version to what has changed, and the same to all else', async () => {
    const { get, cordon } = await startKubernetes();
    const versions = async () =>
      Object.fromEntries(
        (await get('/api/v1/nodes')).items.map(({ metadata }: Doc) => [
          metadata.name,
          Number(metadata.resourceVersion),
        ]),
      );
    const before = await versions();
    await cordon('worker-1', true);
    const after = await versions();
    expect(after['worker-1']).toBeGreaterThan(before['worker-1']);
    expect({ ...after, 'worker-1': 0 }).toEqual({ ...before, 'worker-1': 0 });
  });

  it('says what it has, for clients that ask before they begin', async () => {
    const { get } = await startKubernetes();
    expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect((await get('/apis')).groups.map(({ name }: Doc) => name)).toEqual(['apps', 'policy']);
    const { resources } = await get('/api/v1');
    expect(resources).toContainEqual(
      expect.objectContaining({
        name: 'pods/eviction',
        group: 'policy',
        version: 'v1',
        kind: 'Eviction',
      }),
    );
    for (const group of ['apps', 'policy']) {
      expect(await get(`/apis/${group}/v1`)).toMatchObject({ groupVersion: `${group}/v1` });
    }
    expect(await get('/version')).toMatchObject({ major: '1', gitVersion: 'v1.37.0' });
  });

  it('prints tables for kubectl', async () => {
    const { ask, cordon } = await startKubernetes();
    await cordon('worker-2', true);
    const { body } = await ask('/api/v1/nodes?limit=500', { headers: { accept: TABLE } });
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const age = expect.stringMatching(/^(?:59|60)m$/);
    const shown = body.columnDefinitions.filter(({ priority }: Doc) => priority === 0).length;
    expect(body.rows.map(({ cells }: Doc) => cells.slice(0, shown))).toEqual([
      ['cp-1', 'Ready', 'control-plane', age, 'v1.37.0'],
      ['worker-1', 'Ready', '<none>', age, 'v1.37.0'],
      ['worker-2', 'Ready,SchedulingDisabled', '<none>', age, 'v1.37.0'],
    ]);
    expect(body.rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'cp-1' },
    });
  });

  it.each([
    ['/api/v1/nodes/worker-9', 'nodes "worker-9" not found'],
    ['/api/v1/namespaces/kube-system/pods/none', 'pods "none" not found'],
    ['/apis/apps/v1/namespaces/default/daemonsets/none', 'daemonsets.apps "none" not found'],
    ['/api/v1/services', 'the server could not find the requested resource'],
    ['/apis/batch/v1/jobs', 'the server could not find the requested resource'],
    ['/api/v1/namespaces/default/nodes', 'the server could not find the requested resource'],
    ['/api/v1/namespaces/kube-system/pods/none/log', 'pods "none" not found'],
    ['/metrics', 'the server could not find the requested resource'],
  ])('answers 404 for what it does not have: %s', async (path, message) => {
    const { ask } = await startKubernetes();
    expect(await ask(path)).toMatchObject({
      status: 404,
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        code: 404,
        message,
      },
    });
  });

  it('tells who may not, and who is nobody', async () => {
    const { kubernetes } = await startKubernetes();
    const jane = kubernetes.fetchAs({ user: 'jane', groups: ['dev'] });
    const forbidden = await jane('/api/v1/nodes');
    expect(forbidden.status).toBe(403);
    expect(await forbidden.json()).toMatchObject({
      reason: 'Forbidden',
      message:
        'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    });
    expect((await jane('/version')).status).toBe(200);
    const nobody = kubernetes.fetchAs(undefined);
    expect((await nobody('/api/v1/nodes')).status).toBe(401);
    expect(await (await nobody('/readyz')).text()).toBe('ok');
  });

  it('refuses a path that is none', async () => {
    const { cluster } = await startKubernetes();
    const { signal } = new AbortController();
    const admin = { user: 'admin', groups: ['system:masters'] };
    const request = { method: 'GET', path: '//[', headers: {}, body: '', caller: admin, signal };
    expect(serveKubernetes(cluster.node('cp-1').machine, request)).toMatchObject({ status: 400 });
  });

  it('refuses who does not take JSON', async () => {
    const { ask } = await startKubernetes();
    const accept = 'application/vnd.kubernetes.protobuf';
    expect(await ask('/api/v1/nodes', { headers: { accept } })).toMatchObject({ status: 406 });
    const both = `${accept},application/json`;
    expect(await ask('/api/v1/nodes', { headers: { accept: both } })).toMatchObject({
      status: 200,
    });
  });
});
