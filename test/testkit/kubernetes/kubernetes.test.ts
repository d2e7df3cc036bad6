import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { kubernetes } from '../../../testkit/src/topics/kubernetes/kubernetes.js';
import { pods } from '../../../testkit/src/topics/kubernetes/pods.js';
import { startCluster } from '../support.js';

async function started(controlPlanes = 1, workers = 1) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, controlPlanes, workers });
  return { clock, cluster, state: cluster.state(kubernetes) };
}

// Talos: static pods of control planes, and nodes in Kubernetes.
describe('Kubernetes', () => {
  it('knows all nodes of a cluster that is up, and they are ready', async () => {
    const { state } = await started(3, 2);
    expect(state.isUp).toBe(true);
    expect(state.list().map(({ machine, ready }) => [machine.name, ready])).toEqual([
      ['cp-1', true],
      ['cp-2', true],
      ['cp-3', true],
      ['worker-1', true],
      ['worker-2', true],
    ]);
  });

  it('has the pods of the control plane on control planes alone', async () => {
    const { cluster } = await started();
    const names = (name: string) =>
      cluster
        .node(name)
        .machine.state(pods)
        .list()
        .filter(({ isStatic }) => isStatic)
        .map((pod) => pod.name);
    expect(names('cp-1')).toEqual([
      'kube-apiserver-cp-1',
      'kube-controller-manager-cp-1',
      'kube-scheduler-cp-1',
    ]);
    expect(names('worker-1')).toEqual([]);
  });

  it('holds a node that went silent for ready for a while', async () => {
    const { clock, cluster, state } = await started();
    const { machine } = cluster.node('worker-1');
    machine.halt('crash');
    expect(state.find(machine)?.ready).toBe(true);
    await clock.advance(60_000);
    expect(state.find(machine)?.ready).toBe(false);
    machine.boot();
    await clock.advance(60_000);
    expect(state.find(machine)?.ready).toBe(true);
  });

  it('is gone with its only control plane, and comes back with it', async () => {
    const { clock, cluster, state } = await started();
    cluster.node('cp-1').kill();
    expect(state.isUp).toBe(false);
    cluster.node('cp-1').powerOn();
    await clock.advance(60_000);
    expect(state.isUp).toBe(true);
  });

  it('gives pods the same names and ids with the same seed', async () => {
    const [one, other] = await Promise.all([started(), started()]);
    const list = (side: typeof one) => side.cluster.node('cp-1').machine.state(pods).list();
    expect(list(one)).toEqual(list(other));
  });
});
