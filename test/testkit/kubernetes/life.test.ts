import { describe, expect, it } from 'vitest';
import { containers as containersFeature } from '../../../generated/features/containers.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { type Doc, startKubernetes } from './support.js';

type Started = Awaited<ReturnType<typeof startKubernetes>>;

/** How Kubernetes sees a node. */
async function nodeOf({ get }: Started, name: string) {
  const { spec, status } = await get(`/api/v1/nodes/${name}`);
  const ready = status.conditions.find(({ type }: Doc) => type === 'Ready');
  return {
    ready: ready.status,
    reason: ready.reason,
    taints: spec.taints?.map(({ key }: Doc) => key),
  };
}

describe('a node that goes silent', () => {
  it('counts as ready until its lease runs out, then nobody knows, and it gets taints', async () => {
    const started = await startKubernetes();
    const { cluster, clock } = started;
    cluster.node('worker-1').kill();
    await clock.advance(1_999);
    expect(await nodeOf(started, 'worker-1')).toMatchObject({ ready: 'True', taints: undefined });
    await clock.advance(1);
    const unreachable = 'node.kubernetes.io/unreachable';
    expect(await nodeOf(started, 'worker-1')).toEqual({
      ready: 'Unknown',
      reason: 'NodeStatusUnknown',
      taints: [unreachable, unreachable],
    });
    cluster.node('worker-1').powerOn();
    await clock.advance(60_000);
    expect(await nodeOf(started, 'worker-1')).toMatchObject({ ready: 'True', taints: undefined });
  });

  it('takes the readiness of its pods with it, and later the pods', async () => {
    const { cluster, clock, kubernetes, podsOf } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 2 });
    const [lost] = podsOf('web').filter(({ node }) => node === 'worker-1');
    cluster.node('worker-1').kill();
    await clock.advance(2_000);
    expect(podsOf('web').filter(({ ready }) => ready)).toHaveLength(1);
    await clock.advance(14_999);
    expect(podsOf('web')).toHaveLength(2);
    await clock.advance(2_000);
    const now = podsOf('web');
    expect(now.find(({ uid }) => uid === lost?.uid)).toMatchObject({ terminating: true });
    expect(now.filter(({ ready }) => ready).map(({ node }) => node)).toEqual([
      'worker-2',
      'worker-2',
    ]);
    expect(podsOf('kube-proxy').every(({ terminating }) => !terminating)).toBe(true);
    // Once the node is back, what was to end has no containers any more.
    cluster.node('worker-1').powerOn();
    await clock.advance(60_000);
    expect(podsOf('web').map(({ uid }) => uid)).not.toContain(lost?.uid);
  });

  it('is one that Kubernetes does not hear because of a partition, too', async () => {
    const started = await startKubernetes();
    const { cluster, clock } = started;
    cluster.partition(['worker-1'], ['cp-1']);
    await clock.advance(2_000);
    expect(await nodeOf(started, 'worker-1')).toMatchObject({ ready: 'Unknown' });
    cluster.heal();
    await clock.advance(1);
    expect(await nodeOf(started, 'worker-1')).toMatchObject({ ready: 'True' });
  });

  it('is none while its kubelet restarts', async () => {
    const started = await startKubernetes();
    const { cluster, clock } = started;
    cluster.node('worker-1').services.crash('kubelet');
    await clock.advance(10_000);
    expect(await nodeOf(started, 'worker-1')).toMatchObject({ ready: 'True' });
  });
});

describe('a reboot', () => {
  it('shows: not ready, then ready; pods stay and have started once more', async () => {
    const started = await startKubernetes();
    const { cluster, clock, kubernetes, get, podsOf } = started;
    kubernetes.addDeployment({ name: 'web', replicas: 2 });
    const before = podsOf('web');
    const seen = new Set<unknown>();
    const path = '/api/v1/nodes?watch=true&fieldSelector=metadata.name%3Dworker-1';
    const watched = await kubernetes.fetch(path);
    const reader = watched.body?.getReader();
    const reading = (async () => {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done || value === undefined) return;
        for (const line of new TextDecoder().decode(value).trim().split('\n')) {
          const { object } = JSON.parse(line);
          seen.add(object.status.conditions.find(({ type }: Doc) => type === 'Ready').status);
        }
      }
    })();
    const { bootID } = (await get('/api/v1/nodes/worker-1')).status.nodeInfo;
    await lifecycle(cluster.client().node('10.5.0.3')).reboot({ mode: 'DEFAULT' });
    await clock.advance(60_000);
    await reader?.cancel();
    await reading;
    expect([...seen]).toEqual(['True', 'False']);
    expect(podsOf('web')).toEqual(before);
    const node = await get('/api/v1/nodes/worker-1');
    expect(node.status.nodeInfo.bootID).not.toBe(bootID);
    const { items } = await get('/api/v1/pods?fieldSelector=spec.nodeName%3Dworker-1');
    for (const { status } of items) expect(status.containerStatuses[0].restartCount).toBe(1);
  });

  it('leaves a node cordoned that was cordoned before', async () => {
    const { cluster, clock, cordon, kubernetes } = await startKubernetes();
    await cordon('worker-1', true);
    await lifecycle(cluster.client().node('10.5.0.3')).reboot({ mode: 'DEFAULT' });
    await clock.advance(60_000);
    expect(cluster.node('worker-1').stage).toBe('RUNNING');
    expect(kubernetes.nodes.find(({ name }) => name === 'worker-1')?.unschedulable).toBe(true);
  });

  it('of the only control plane takes the API away, and brings it back', async () => {
    const { cluster, clock, kubernetes, get } = await startKubernetes();
    await lifecycle(cluster.client().node('10.5.0.2')).reboot({ mode: 'DEFAULT' });
    await clock.advance(800);
    expect(kubernetes.isUp).toBe(false);
    await expect(kubernetes.fetch('/readyz')).rejects.toThrow('fetch failed');
    await clock.advance(60_000);
    const { items } = await get('/api/v1/nodes');
    for (const { status } of items) {
      expect(status.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
    }
  });
});

describe('the static pods of a control plane', () => {
  it('take their API server down while they are held, for Talos as well', async () => {
    const { cluster, clock, kubernetes } = await startKubernetes();
    const node = cluster.node('cp-1');
    node.staticPods.hold('kube-apiserver');
    await clock.advance(60_000);
    expect(kubernetes.isUp).toBe(false);
    node.staticPods.release('kube-apiserver');
    await clock.advance(1_000);
    expect(kubernetes.isUp).toBe(true);
    expect(kubernetes.nodes.every(({ readiness }) => readiness === 'ready')).toBe(true);
  });

  it('come back by themselves after a crash, and count it', async () => {
    const { cluster, clock, kubernetes, get } = await startKubernetes();
    cluster.node('cp-1').staticPods.crash('kube-apiserver');
    expect(kubernetes.isUp).toBe(false);
    await clock.advance(2_000);
    const { status } = await get('/api/v1/namespaces/kube-system/pods/kube-apiserver-cp-1');
    expect(status.containerStatuses).toMatchObject([{ ready: true, restartCount: 1 }]);
  });

  it('end with what Talos restarts, and Kubernetes counts it', async () => {
    const { cluster, clock, kubernetes, get } = await startKubernetes();
    const target = containersFeature(cluster.client().node('10.5.0.2'));
    const id = 'kube-system/kube-apiserver-cp-1:kube-apiserver';
    const { containers: list } = await target.list({ namespace: 'k8s.io', driver: 'CRI' });
    const server = list.find((container) => container.id.startsWith(id));
    await target.restart({ namespace: 'k8s.io', driver: 'CRI', id: server?.id ?? '' });
    await clock.advance(100);
    expect(kubernetes.isUp).toBe(false);
    await clock.advance(2_000);
    const { status } = await get('/api/v1/namespaces/kube-system/pods/kube-apiserver-cp-1');
    expect(status.containerStatuses).toMatchObject([{ ready: true, restartCount: 1 }]);
  });

  it('are named when a node does not have them', async () => {
    const { cluster } = await startKubernetes();
    expect(() => cluster.node('worker-1').staticPods.hold('kube-apiserver')).toThrow(
      'worker-1 has no static pod "kube-apiserver"; it has none',
    );
  });
});

describe('workloads', () => {
  it('wait on control planes alone, unless the configuration lets pods on them', async () => {
    const { kubernetes, podsOf } = await startKubernetes({ workers: 0 });
    kubernetes.addDeployment({ name: 'web' });
    expect(podsOf('web')).toMatchObject([{ node: undefined }]);
    kubernetes.addDeployment({ name: 'tool', tolerations: 'control-planes' });
    expect(podsOf('tool')).toMatchObject([{ node: 'cp-1', ready: true }]);
  });

  it('of DaemonSets come with each node', async () => {
    const { kubernetes, podsOf } = await startKubernetes();
    kubernetes.addDaemonSet({ name: 'agent' });
    expect(podsOf('agent').map(({ node, ready }) => [node, ready])).toEqual([
      ['cp-1', true],
      ['worker-1', true],
      ['worker-2', true],
    ]);
  });

  it('are refused without a name, and with a budget that says nothing', async () => {
    const { kubernetes } = await startKubernetes();
    expect(() => kubernetes.addDeployment({} as never)).toThrow(/name/);
    expect(() => kubernetes.addDeployment({ name: 'web', budget: {} })).toThrow(/minAvailable/);
    const both = { minAvailable: 1, maxUnavailable: 1 };
    expect(() => kubernetes.addDeployment({ name: 'web', budget: both })).toThrow(/either/);
    expect(() => kubernetes.addPod({ name: 'one', node: 'nowhere' })).toThrow(/nowhere/);
    expect(() => kubernetes.addPod({ name: 'One' })).toThrow(/small letters/);
    expect(kubernetes.pods.filter(({ namespace }) => namespace === 'default')).toEqual([]);
  });

  it('have names of their own', async () => {
    const { kubernetes } = await startKubernetes();
    const selector = { app: 'web' };
    for (const add of [
      () => kubernetes.addDeployment({ name: 'web' }),
      () => kubernetes.addStatefulSet({ name: 'web' }),
      () => kubernetes.addPod({ name: 'web' }),
      () => kubernetes.addBudget({ name: 'web', selector, minAvailable: 1 }),
    ]) {
      add();
      expect(add).toThrow(/default\/web already/);
    }
  });

  it('are not added when their budget cannot be', async () => {
    const { kubernetes, podsOf } = await startKubernetes();
    kubernetes.addBudget({ name: 'web', selector: { app: 'web' }, minAvailable: 1 });
    const budget = { minAvailable: 1 };
    expect(() => kubernetes.addDeployment({ name: 'web', budget })).toThrow(/default\/web already/);
    const wrong = { ...budget, maxUnavailabel: 1 };
    expect(() => kubernetes.addDeployment({ name: 'db', budget: wrong })).toThrow(/maxUnavailabel/);
    expect([...podsOf('web'), ...podsOf('db')]).toEqual([]);
    kubernetes.addDeployment({ name: 'web' });
    expect(podsOf('web')).toHaveLength(1);
  });
});

describe('faults of the Kubernetes API', () => {
  it('refuse, delay and drop some requests', async () => {
    const { clock, kubernetes, ask } = await startKubernetes();
    expect(() => kubernetes.fail(200)).toThrow(RangeError);
    kubernetes.fail(503, {
      path: '/api/v1/nodes',
      times: 1,
      reason: 'ServiceUnavailable',
      retryAfterSeconds: 7,
    });
    const refused = await ask('/api/v1/nodes');
    expect(refused).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } });
    expect(refused.headers.get('retry-after')).toBe('7');
    expect(await ask('/api/v1/nodes')).toMatchObject({ status: 200 });

    kubernetes.delay(5_000, { method: 'GET', times: 1 });
    const late = ask('/api/v1/nodes');
    await clock.advance(5_000);
    expect(await late).toMatchObject({ status: 200 });

    const mend = kubernetes.drop('after', { method: 'DELETE' });
    kubernetes.addPod({ name: 'one' });
    const path = '/api/v1/namespaces/default/pods/one';
    await expect(kubernetes.fetch(path, { method: 'DELETE' })).rejects.toMatchObject({
      cause: { code: 'ECONNRESET' },
    });
    expect(kubernetes.pods.find(({ name }) => name === 'one')?.terminating).toBe(true);
    expect(kubernetes.requests.at(-1)).toMatchObject({ method: 'DELETE', status: undefined });
    mend();
    expect(await ask(path, { method: 'DELETE' })).toMatchObject({ status: 200 });
    kubernetes.drop('before');
    await expect(ask('/version')).rejects.toThrow('fetch failed');
    kubernetes.restore();
    expect(await ask('/version')).toMatchObject({ status: 200 });
  });
});

describe('a graceful shutdown', () => {
  it('moves pods to other nodes first, as far as their budgets allow, and uncordons after the boot', async () => {
    const { cluster, clock, kubernetes, podsOf } = await startKubernetes();
    kubernetes.addDeployment({ name: 'web', replicas: 2, budget: { maxUnavailable: 1 } });
    kubernetes.addPod({ name: 'lonely', node: 'worker-1' });
    await lifecycle(cluster.client().node('10.5.0.3')).shutdown({ force: false });
    await clock.advance(20_000);
    expect(cluster.node('worker-1').isOn).toBe(false);
    expect(podsOf('web').map(({ node, ready }) => [node, ready])).toEqual([
      ['worker-2', true],
      ['worker-2', true],
    ]);
    expect(podsOf('lonely')).toMatchObject([{ node: 'worker-1', ready: false }]);
    expect(kubernetes.nodes.find(({ name }) => name === 'worker-1')?.unschedulable).toBe(true);
    cluster.node('worker-1').powerOn();
    await clock.advance(60_000);
    expect(kubernetes.nodes.every(({ unschedulable }) => !unschedulable)).toBe(true);
  });

  it('waits no longer for a pod that its budget keeps than Talos does', async () => {
    const { cluster, clock, kubernetes } = await startKubernetes();
    kubernetes.addPod({ name: 'lonely', node: 'worker-1' });
    kubernetes.addStatefulSet({ name: 'db', replicas: 2, budget: { minAvailable: 2 } });
    await lifecycle(cluster.client().node('10.5.0.3')).shutdown({ force: false });
    await clock.advance(14_000);
    expect(cluster.node('worker-1').isOn).toBe(true);
    await clock.advance(6_000);
    expect(cluster.node('worker-1').isOn).toBe(false);
  });
});
