import { describe, expect, it } from 'vitest';
import { cluster as clusterFeature } from '../../../generated/features/cluster.js';
import { MERGE, startKubernetes } from './support.js';

describe('cordoning a node', () => {
  it('is a patch; the node gets a taint, and pods are bound elsewhere', async () => {
    const { kubernetes, cordon, get, podsOf } = await startKubernetes();
    expect(await cordon('worker-1', true)).toMatchObject({
      status: 200,
      body: { kind: 'Node', spec: { unschedulable: true } },
    });
    expect((await get('/api/v1/nodes/worker-1')).spec.taints).toEqual([
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
    ]);
    kubernetes.addDeployment({ name: 'web', replicas: 3 });
    expect(podsOf('web').map(({ node }) => node)).toEqual(['worker-2', 'worker-2', 'worker-2']);
    expect((await cordon('worker-1', false)).body.spec.unschedulable).toBeUndefined();
    expect((await get('/api/v1/nodes/worker-1')).spec.taints).toBeUndefined();
  });

  it.each([
    [MERGE, { spec: { unschedulable: true } }],
    ['application/merge-patch+json', { spec: { unschedulable: true } }],
    ['application/json-patch+json', [{ op: 'add', path: '/spec/unschedulable', value: true }]],
  ])('takes %s', async (type, patch) => {
    const { send } = await startKubernetes();
    const { body } = await send('PATCH', '/api/v1/nodes/worker-1', patch, type);
    expect(body.spec.unschedulable).toBe(true);
  });

  it('is refused in other media types, without JSON, and as nonsense', async () => {
    const { send, ask } = await startKubernetes();
    const path = '/api/v1/nodes/worker-1';
    expect(await send('PATCH', path, {}, 'application/json')).toMatchObject({
      status: 415,
      body: { reason: 'UnsupportedMediaType' },
    });
    const headers = { 'content-type': MERGE };
    expect(await ask(path, { method: 'PATCH', body: '{', headers })).toMatchObject({ status: 400 });
    const wrong = { spec: { unschedulable: 'yes' } };
    expect(await send('PATCH', path, wrong, MERGE)).toMatchObject({ status: 422 });
    expect(await send('PATCH', '/api/v1/nodes/none', {}, MERGE)).toMatchObject({ status: 404 });
  });

  it('is what the health check of Talos waits for', async () => {
    const { cluster, cordon } = await startKubernetes();
    await cordon('worker-1', true);
    const health = clusterFeature(cluster.client().node('10.5.0.2'));
    let last = '';
    for await (const { message } of health.healthCheck({ waitTimeout: { seconds: 60n } })) {
      last = message;
      if (!message.includes('schedulable')) continue;
      if (message.endsWith('OK')) break;
      expect(message).toContain('some nodes are not schedulable: [10.5.0.3]');
      await cordon('worker-1', false);
    }
    expect(last).toBe('waiting for all k8s nodes to report schedulable: OK');
  });

  it('of a version that is not the newest is a conflict', async () => {
    const { send, get, cordon } = await startKubernetes();
    const { resourceVersion } = (await get('/api/v1/nodes/worker-1')).metadata;
    const patch = { metadata: { resourceVersion }, spec: { unschedulable: true } };
    await cordon('worker-1', true);
    const path = '/api/v1/nodes/worker-1';
    expect(await send('PATCH', path, patch, MERGE)).toMatchObject({
      status: 409,
      body: { reason: 'Conflict' },
    });
  });

  it('as a dry run changes nothing', async () => {
    const { send, kubernetes } = await startKubernetes();
    const path = '/api/v1/nodes/worker-1?dryRun=All';
    const { body } = await send('PATCH', path, { spec: { unschedulable: true } }, MERGE);
    expect(body.spec.unschedulable).toBe(true);
    expect(kubernetes.nodes.find(({ name }) => name === 'worker-1')?.unschedulable).toBe(false);
  });
});

describe('labels, annotations and taints of a node', () => {
  it('are written and removed; facts of the machine stay', async () => {
    const { send, get } = await startKubernetes();
    const path = '/api/v1/nodes/worker-1';
    const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
    const patch = {
      metadata: { labels: { disk: 'ssd', 'kubernetes.io/os': null }, annotations: { a: 'b' } },
      spec: { taints: [taint] },
    };
    await send('PATCH', path, patch, MERGE);
    const node = await get(path);
    expect(node.metadata.labels).toMatchObject({ disk: 'ssd', 'kubernetes.io/os': 'linux' });
    expect(node.metadata.annotations).toMatchObject({ a: 'b' });
    expect(node.spec.taints).toEqual([taint]);
    await send(
      'PATCH',
      path,
      { metadata: { labels: { disk: null } }, spec: { taints: null } },
      MERGE,
    );
    const cleared = await get(path);
    expect(cleared.metadata.labels).not.toHaveProperty('disk');
    expect(cleared.spec.taints).toBeUndefined();
  });
});

describe('evicting a pod', () => {
  it('ends it after its grace, and its owner makes another one elsewhere', async () => {
    const { clock, kubernetes, cordon, evict, get, podsOf } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 2, terminationMs: 5_000 });
    const [pod] = podsOf('web').filter(({ node }) => node === 'worker-1');
    if (pod === undefined) throw new Error('no pod on worker-1');
    await cordon('worker-1', true);
    expect(await evict('default', pod.name)).toMatchObject({
      status: 201,
      body: { kind: 'Status', status: 'Success', code: 201 },
    });
    const { metadata } = await get(`/api/v1/namespaces/default/pods/${pod.name}`);
    expect(metadata).toMatchObject({ uid: pod.uid, deletionGracePeriodSeconds: 30 });
    expect(Date.parse(metadata.deletionTimestamp)).toBe(clock.now() + 30_000);
    expect(podsOf('web')).toHaveLength(3);
    await clock.advance(4_999);
    expect(podsOf('web').some(({ uid }) => uid === pod.uid)).toBe(true);
    await clock.advance(1);
    expect(podsOf('web').map(({ node, ready }) => [node, ready])).toEqual([
      ['worker-2', true],
      ['worker-2', true],
    ]);
  });

  it('takes no longer than its grace, or than the caller gives', async () => {
    const { clock, kubernetes, evict, podsOf } = await startKubernetes();
    const slow = { terminationMs: 3_600_000, terminationGraceSeconds: 20 };
    kubernetes.addPod({ name: 'one', ...slow });
    kubernetes.addPod({ name: 'two', ...slow });
    await evict('default', 'one');
    await evict('default', 'two', { gracePeriodSeconds: 3 });
    await clock.advance(3_000);
    expect(podsOf('two')).toEqual([]);
    expect(podsOf('one')).toHaveLength(1);
    await clock.advance(17_000);
    expect(podsOf('one')).toEqual([]);
  });

  it('is refused with 429 while its budget forbids it, and says by how many', async () => {
    const { clock, kubernetes, evict, podsOf } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 2, budget: { minAvailable: 2 } });
    const [first] = podsOf('web');
    const refused = await evict('default', first?.name ?? '');
    expect(refused).toMatchObject({
      status: 429,
      body: {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget web needs 2 healthy pods and has 2 currently',
            },
          ],
        },
      },
    });
    // The real one gives no time to wait for a budget.
    expect(refused.headers.get('retry-after')).toBeNull();
    await clock.advance(60_000);
    expect(podsOf('web').map(({ uid }) => uid)).toContain(first?.uid);
  });

  it.each([
    [{ maxUnavailable: 1 }, 1],
    [{ maxUnavailable: '50%' }, 2],
    [{ minAvailable: '75%' }, 1],
    [{ minAvailable: 4 }, 0],
    [{ minAvailable: 0 }, 4],
  ] as const)('of four with the budget %o is allowed %i times', async (budget, allowed) => {
    const { kubernetes, evict, podsOf, get } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 4, budget });
    const { status } = await get('/apis/policy/v1/namespaces/default/poddisruptionbudgets/web');
    expect(status).toMatchObject({ currentHealthy: 4, disruptionsAllowed: allowed });
    const answers = [];
    for (const { name } of podsOf('web')) answers.push((await evict('default', name)).status);
    expect(answers.filter((code) => code === 201)).toHaveLength(allowed);
    expect(answers.filter((code) => code === 429)).toHaveLength(4 - allowed);
  });

  it('is possible again once the replacement is ready', async () => {
    const { clock, kubernetes, evict, podsOf } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 2, budget: { maxUnavailable: 1 } });
    const [one, two] = podsOf('web');
    expect((await evict('default', one?.name ?? '')).status).toBe(201);
    expect((await evict('default', two?.name ?? '')).status).toBe(429);
    await clock.advance(2_000);
    expect((await evict('default', two?.name ?? '')).status).toBe(201);
  });

  it('of a pod with two budgets fails', async () => {
    const { kubernetes, evict } = await startKubernetes();
    kubernetes.addPod({ name: 'one' });
    for (const name of ['a', 'b']) {
      kubernetes.addBudget({ name, selector: { app: 'one' }, maxUnavailable: 1 });
    }
    expect(await evict('default', 'one')).toMatchObject({ status: 500 });
  });

  it('of a StatefulSet makes one of the same name, with another id', async () => {
    const { clock, kubernetes, evict, podsOf } = await startKubernetes();
    kubernetes.addStatefulSet({ name: 'db', terminationMs: 1_000 });
    const [before] = podsOf('db');
    await evict('default', 'db-0');
    await clock.advance(999);
    expect(podsOf('db').map(({ uid }) => uid)).toEqual([before?.uid]);
    await clock.advance(5_000);
    const [after] = podsOf('db');
    expect(after).toMatchObject({ name: 'db-0', ready: true });
    expect(after?.uid).not.toBe(before?.uid);
  });

  it('of a DaemonSet brings it back to its node, although that is cordoned', async () => {
    const { clock, kubernetes, cordon, evict, podsOf } = await startKubernetes();
    const proxy = () => podsOf('kube-proxy').find(({ node }) => node === 'worker-1');
    const before = proxy();
    await cordon('worker-1', true);
    await evict('kube-system', before?.name ?? '');
    await clock.advance(5_000);
    expect(proxy()).toMatchObject({ ready: true });
    expect(proxy()?.uid).not.toBe(before?.uid);
    expect(kubernetes.pods).not.toContainEqual(expect.objectContaining({ uid: before?.uid }));
  });

  it('leaves its replacement pending while no node takes it', async () => {
    const { clock, kubernetes, cordon, evict, podsOf, get } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 1 });
    for (const node of ['worker-1', 'worker-2']) await cordon(node, true);
    await evict('default', podsOf('web')[0]?.name ?? '');
    await clock.advance(5_000);
    const [pending] = podsOf('web');
    expect(pending).toMatchObject({ node: undefined, ready: false });
    const { status } = await get(`/api/v1/namespaces/default/pods/${pending?.name}`);
    expect(status).toMatchObject({ phase: 'Pending', conditions: [{ reason: 'Unschedulable' }] });
    await cordon('worker-2', false);
    await clock.advance(5_000);
    expect(podsOf('web')).toMatchObject([{ node: 'worker-2', ready: true }]);
  });

  it('refuses another pod than is meant, and what is no eviction', async () => {
    const { kubernetes, evict, send } = await startKubernetes();
    kubernetes.addPod({ name: 'one' });
    const other = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } };
    expect(await evict('default', 'one', other)).toMatchObject({ status: 409 });
    const path = '/api/v1/namespaces/default/pods/one/eviction';
    expect(await send('POST', path, { kind: 'Binding' })).toMatchObject({ status: 400 });
    const named = { metadata: { name: 'two' } };
    expect(await send('POST', path, named)).toMatchObject({ status: 400 });
    expect(await evict('default', 'two')).toMatchObject({ status: 404 });
  });
});

describe('deleting a pod', () => {
  it('asks no budget, gives the pod as it is, and is at once without grace', async () => {
    const { clock, kubernetes, ask, podsOf } = await startKubernetes();
    kubernetes.addStatefulSet({ name: 'db', replicas: 2, budget: { minAvailable: 2 } });
    const path = '/api/v1/namespaces/default/pods/db-0';
    const { body } = await ask(path, { method: 'DELETE' });
    expect(body).toMatchObject({
      kind: 'Pod',
      metadata: { name: 'db-0', deletionGracePeriodSeconds: 30 },
    });
    const before = podsOf('db-1')[0]?.uid;
    await ask('/api/v1/namespaces/default/pods/db-1?gracePeriodSeconds=0', { method: 'DELETE' });
    expect(podsOf('db-1')[0]?.uid).not.toBe(before);
    await clock.advance(5_000);
    expect(podsOf('db-0')).toMatchObject([{ ready: true, terminating: false }]);
  });

  it('of a mirror brings it back: the node has it from its own files', async () => {
    const { clock, ask, podsOf } = await startKubernetes();
    const path = '/api/v1/namespaces/kube-system/pods/kube-scheduler-cp-1';
    await ask(path, { method: 'DELETE' });
    await clock.advance(5_000);
    expect(podsOf('kube-scheduler')).toMatchObject([{ ready: true, terminating: false }]);
  });

  it('is what pods alone are for', async () => {
    const { ask } = await startKubernetes();
    for (const path of ['/api/v1/nodes/worker-1', '/api/v1/pods', '/api/v1/namespaces/default']) {
      expect(await ask(path, { method: 'DELETE' })).toMatchObject({ status: 405 });
    }
  });
});
