import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { reboot } from '../../src/operations/reboot/index.js';
import { rollingUpgrade } from '../../src/operations/rolling-upgrade/index.js';
import { upgradeNode } from '../../src/operations/upgrade-node/index.js';
import { failureOf } from '../support/feature-calls.js';
import { turningCluster } from '../support/turning.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';

/** A cluster over mTLS with a Kubernetes API and pods, which ends with the test. */
async function start() {
  const turning = await turningCluster({ controlPlanes: 1, workers: 2, transport: 'tls' });
  const { cluster } = turning;
  const { kubernetes } = cluster;
  kubernetes.addDeployment({ name: 'web', replicas: 2 });
  const isCordoned = (name: string) =>
    kubernetes.nodes.find((node) => node.name === name)?.unschedulable;
  const nodeOf = (name: string) => cluster.client().node(cluster.node(name).address);
  const webOn = (name: string) =>
    kubernetes.pods.filter((pod) => pod.node === name && pod.name.startsWith('web')).length;
  return { ...turning, kubernetes, isCordoned, nodeOf, webOn };
}

describe('on a cluster with Kubernetes', () => {
  it('a node is empty when it reboots, and takes pods again afterwards', async () => {
    const { cluster, nodeOf, webOn, isCordoned, parts, turnUntil } = await start();
    const worker = cluster.node('worker-1');
    let before: number | undefined;
    const result = await turnUntil(
      reboot(
        nodeOf('worker-1'),
        {
          onProgress: ({ type, step }) => {
            if (type === 'step' && step === 'send') before = webOn('worker-1');
          },
        },
        parts,
      ),
    );
    expect(before).toBe(0);
    expect(result.drained).toMatchObject({ drained: true, name: 'worker-1', wasSchedulable: true });
    expect(worker.machine.boots).toBe(2);
    expect(isCordoned('worker-1')).toBe(false);
  });

  it('nothing is installed when draining fails, and the node takes pods again', async () => {
    const { cluster, kubernetes, nodeOf, isCordoned, parts, turnUntil } = await start();
    kubernetes.addDeployment({ name: 'db', replicas: 2, budget: { minAvailable: 2 } });
    await turnUntil(kubernetes.until(() => kubernetes.pods.some(({ name }) => /^db/.test(name))));
    const { node: name = '' } = kubernetes.pods.find((pod) => pod.name.startsWith('db')) ?? {};
    const options = { drainTimeoutMs: 30_000 };
    const error = await turnUntil(failureOf(upgradeNode(nodeOf(name), { image }, options, parts)));
    expect(error).toMatchObject({ code: 'operation', step: 'drain' });
    expect(error.message).toContain('db');
    expect(isCordoned(name)).toBe(false);
    expect(cluster.journal.of(lifecycleMethods.upgrade)).toHaveLength(0);
    expect(cluster.journal.of(lifecycleMethods.reboot)).toHaveLength(0);
  });

  it('all nodes are upgraded, with one kubeconfig for all', async () => {
    const { cluster, isCordoned, parts, turnUntil } = await start();
    const nodes = cluster.client().nodes();
    const { done } = await turnUntil(rollingUpgrade(nodes, { image }, {}, parts));
    expect(done.map(({ result }) => [result.version, result.drained.drained])).toEqual([
      ['v1.14.1', true],
      ['v1.14.1', true],
      ['v1.14.1', true],
    ]);
    expect(['cp-1', 'worker-1', 'worker-2'].map(isCordoned)).toEqual([false, false, false]);
    const asked = [...cluster.journal].filter(({ rpc }) => rpc.endsWith('/Kubeconfig'));
    expect(asked).toHaveLength(1);
    expect(cluster.journal.of(lifecycleMethods.upgrade)).toHaveLength(3);
  });
});
