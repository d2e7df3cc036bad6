import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cordon } from '../../src/operations/cordon/index.js';
import { type DrainNodeOptions, drain } from '../../src/operations/drain/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { uncordon } from '../../src/operations/uncordon/index.js';
import type { TalosNode } from '../../src/runtime/target.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failureOf } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { FakeKubernetes, refusal } from './support/fake-kubernetes.js';

let cluster: SimulatedCluster;
let worker: TalosNode;
let kubernetes: FakeKubernetes;
let parts: ReturnType<typeof quickParts>;

beforeEach(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, workers: 2 });
  onTestFinished(() => cluster.close());
  worker = cluster.client().node(cluster.node('worker-1').address);
  parts = quickParts();
  kubernetes = new FakeKubernetes();
  for (const name of ['cp-1', 'worker-1', 'worker-2']) kubernetes.nodes.set(name, {});
});

const run = (options: DrainNodeOptions = {}) => drain(worker, { kubernetes, ...options }, parts);
const isCordoned = () => kubernetes.nodes.get('worker-1')?.unschedulable === true;

describe('drain', () => {
  it('evicts what others can run, and says what stays', async () => {
    kubernetes.daemonSets.add('kube-system/flannel');
    kubernetes.addPod('default/web-1', { owner: 'ReplicaSet' });
    kubernetes.addPod('default/bare');
    kubernetes.addPod('kube-system/flannel-a', { owner: 'DaemonSet' });
    kubernetes.addPod('kube-system/flannel-b', { owner: 'DaemonSet' });
    kubernetes.addPod('kube-system/orphan-a', { owner: 'DaemonSet' });
    kubernetes.addPod('kube-system/flannel-c', { owner: 'DaemonSet', phase: 'Failed' });
    kubernetes.addPod('kube-system/static', { mirror: true });
    kubernetes.addPod('default/elsewhere', { node: 'worker-2' });
    expect(await run()).toEqual({
      name: 'worker-1',
      wasSchedulable: true,
      evicted: ['default/web-1', 'default/bare', 'kube-system/orphan-a', 'kube-system/flannel-c'],
      kept: [
        { pod: 'kube-system/flannel-a', reason: 'daemonset' },
        { pod: 'kube-system/flannel-b', reason: 'daemonset' },
        { pod: 'kube-system/static', reason: 'mirror' },
      ],
    });
    expect(isCordoned()).toBe(true);
    // One question for each DaemonSet, and the node was cordoned before it was emptied.
    expect(kubernetes.askedFor('daemonset')).toHaveLength(2);
    const order = kubernetes.asked.filter((request) => /^(cordon|evict)/.test(request));
    expect(order[0]).toBe('cordon worker-1');
  });

  it('waits until pods have ended, and asks for each eviction once', async () => {
    kubernetes.addPod('default/slow');
    let left = 3;
    kubernetes.onEvict = () => {};
    kubernetes.before = (request) => {
      if (request === 'pods worker-1' && --left < 0) kubernetes.remove('default/slow');
    };
    expect((await run()).evicted).toEqual(['default/slow']);
    expect(kubernetes.askedFor('evict')).toHaveLength(1);
    expect(parts.clock.waits).toContain(1_000);
  });

  it('asks again each 5 s while a budget does not allow it', async () => {
    kubernetes.addPod('default/web-1');
    let refusals = 2;
    kubernetes.onEvict = () => {
      if (refusals-- > 0) throw refusal(429, 'TooManyRequests', 'DisruptionBudget');
      kubernetes.remove('default/web-1');
    };
    const told: OperationProgress[] = [];
    await run({ onProgress: (progress) => told.push(progress) });
    expect(kubernetes.askedFor('evict')).toHaveLength(3);
    expect(parts.clock.waits.filter((ms) => ms === 1_000)).toHaveLength(10);
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'waiting',
        step: 'drain',
        reason: 'default/web-1 (because of DisruptionBudget)',
      }),
    );
  });

  it('names the pods that stay and why, and uncordons the node', async () => {
    kubernetes.addPod('default/web-1');
    kubernetes.addPod('default/fine');
    kubernetes.onEvict = ({ name }) => {
      if (name === 'web-1') throw refusal(429, 'TooManyRequests', 'DisruptionBudget');
      kubernetes.remove(`default/${name}`);
    };
    const running = run();
    const error = await failureOf(parts.clock.turnUntil(running, 60_000));
    expect(error).toMatchObject({
      code: 'operation',
      step: 'drain',
      outcome: 'changed',
      message: expect.stringContaining(
        'gave up after 300000 ms, waiting for pods to leave: default/web-1 (because of DisruptionBudget)',
      ),
    });
    expect(isCordoned()).toBe(false);
  });

  it('takes a pod that went by itself as one that left', async () => {
    kubernetes.addPod('default/web-1');
    kubernetes.before = (request) => {
      if (request.startsWith('evict')) kubernetes.remove('default/web-1');
    };
    expect((await run()).evicted).toEqual(['default/web-1']);
  });

  it('lets a pod be that has taken the place of another', async () => {
    kubernetes.addPod('default/db-0');
    kubernetes.onEvict = () => kubernetes.addPod('default/db-0', { node: 'worker-1' });
    await run();
    expect(kubernetes.askedFor('evict')).toHaveLength(1);
    expect(kubernetes.pods.has('default/db-0')).toBe(true);
  });

  it('waits for the pods of a namespace that ends', async () => {
    kubernetes.addPod('gone/pod');
    let looks = 0;
    kubernetes.onEvict = () => {
      throw refusal(403, 'Forbidden', 'NamespaceTerminating');
    };
    kubernetes.before = (request) => {
      if (request === 'pods worker-1' && ++looks > 3) kubernetes.remove('gone/pod');
    };
    expect((await run()).evicted).toEqual(['gone/pod']);
  });

  it('fails at once when an eviction is refused for good, and uncordons the node', async () => {
    kubernetes.addPod('default/web-1');
    kubernetes.onEvict = () => {
      throw refusal(403, 'Forbidden');
    };
    expect(await failureOf(run())).toMatchObject({
      code: 'operation',
      step: 'drain',
      message: expect.stringContaining('default/web-1 cannot be evicted: HTTP 403: Forbidden'),
    });
    expect(isCordoned()).toBe(false);
  });

  it.each(['get', 'cordon', 'pods', 'evict'])(
    'goes on when no server answers once: %s',
    async (kind) => {
      kubernetes.addPod('default/web-1');
      let down = true;
      kubernetes.before = (request) => {
        if (!down || !request.startsWith(kind)) return;
        down = false;
        throw new Error('connect ECONNREFUSED');
      };
      expect((await run()).evicted).toEqual(['default/web-1']);
      expect(down).toBe(false);
      expect(isCordoned()).toBe(true);
    },
  );

  it.each(['cordon', 'pods', 'evict'])(
    'leaves the node as it was when it is ended: %s',
    async (kind) => {
      const stop = new AbortController();
      const reason = new Error('enough');
      kubernetes.addPod('default/web-1');
      kubernetes.onEvict = () => {};
      kubernetes.before = (request) => {
        if (request.startsWith(kind)) stop.abort(reason);
      };
      await expect(run({ signal: stop.signal })).rejects.toBe(reason);
      expect(isCordoned()).toBe(false);
      expect(parts.clock.pending).toBe(0);
    },
  );

  it('leaves a node cordoned that was so before', async () => {
    kubernetes.nodes.set('worker-1', { unschedulable: true });
    kubernetes.addPod('default/web-1');
    kubernetes.onEvict = () => {
      throw refusal(403, 'Forbidden');
    };
    await failureOf(run());
    expect(isCordoned()).toBe(true);
    expect(kubernetes.askedFor('cordon')).toEqual([]);
    expect(kubernetes.askedFor('uncordon')).toEqual([]);
  });

  it('tells when the node could not be uncordoned', async () => {
    kubernetes.addPod('default/web-1');
    kubernetes.onEvict = () => {
      throw refusal(403, 'Forbidden');
    };
    kubernetes.before = (request) => {
      if (request.startsWith('uncordon')) throw refusal(401, 'Unauthorized');
    };
    const notes: string[] = [];
    const onProgress = (progress: OperationProgress) => {
      if (progress.type === 'note') notes.push(progress.text);
    };
    expect(await failureOf(run({ onProgress }))).toMatchObject({ step: 'drain' });
    expect(notes).toEqual(['could not be taken back: HTTP 401: Unauthorized']);
  });

  it('refuses a node that Kubernetes does not know', async () => {
    kubernetes.nodes.delete('worker-1');
    expect(await failureOf(run())).toMatchObject({
      code: 'operation',
      outcome: 'unchanged',
      message: expect.stringContaining('the node is not in Kubernetes as worker-1'),
    });
  });

  it('refuses a client of Kubernetes that lacks a method, and a target that is no node', async () => {
    const { getNode } = kubernetes;
    const wrong = { kubernetes: { getNode } } as unknown as DrainNodeOptions;
    expect(await failureOf(drain(worker, wrong))).toMatchObject({
      code: 'config',
      field: 'kubernetes',
      message: expect.stringContaining('evictPod'),
    });
    const client = cluster.client() as unknown as TalosNode;
    expect(await failureOf(drain(client, { kubernetes }))).toMatchObject({ field: 'target' });
  });
});

describe('cordon and uncordon', () => {
  it('change a node once, and say whether they did', async () => {
    expect(await cordon(worker, { kubernetes }, parts)).toEqual({
      name: 'worker-1',
      changed: true,
    });
    expect(await cordon(worker, { kubernetes }, parts)).toEqual({
      name: 'worker-1',
      changed: false,
    });
    expect(isCordoned()).toBe(true);
    const back = () => uncordon(worker, { kubernetes }, parts);
    expect(await back()).toEqual({ name: 'worker-1', changed: true });
    expect(await back()).toEqual({ name: 'worker-1', changed: false });
    expect(kubernetes.askedFor('cordon')).toHaveLength(1);
    expect(kubernetes.askedFor('uncordon')).toHaveLength(1);
  });

  it('need a node that is there, or do not mind', async () => {
    kubernetes.nodes.delete('worker-1');
    expect(await failureOf(cordon(worker, { kubernetes }, parts))).toMatchObject({
      code: 'operation',
    });
    expect(await uncordon(worker, { kubernetes }, parts)).toEqual({
      name: 'worker-1',
      changed: false,
    });
  });

  it('say so when the API refuses', async () => {
    kubernetes.before = (request) => {
      if (request.startsWith('cordon')) throw refusal(403, 'Forbidden');
    };
    expect(await failureOf(cordon(worker, { kubernetes }, parts))).toMatchObject({
      code: 'operation',
      operation: 'cordon',
      step: 'cordon',
      message: expect.stringContaining('HTTP 403: Forbidden'),
    });
  });
});
