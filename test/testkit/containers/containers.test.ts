import { describe, expect, it } from 'vitest';
import { containers as containersFeature } from '../../../generated/features/containers.js';
import { logs as logsFeature } from '../../../generated/features/logs.js';
import { text } from '../../../src/runtime/streams/collect.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import type { NodeContainer } from '../../../testkit/src/topics/containers/container.js';
import { containers } from '../../../testkit/src/topics/containers/containers.js';
import { findContainer, showContainers } from '../../../testkit/src/topics/containers/inspect.js';
import { usageOf } from '../../../testkit/src/topics/containers/usage.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { startCluster } from '../support.js';

async function started() {
  const clock = new ManualClock();
  const cluster = await startCluster({ workers: 1, clock });
  return { clock, cluster, node: cluster.node('cp-1') };
}

/** The container of a pod, by its name. */
function ofPods({ machine }: SimulatedNode, name: string): NodeContainer {
  const all = machine.state(containers).pods.flatMap((pod) => pod.containers);
  const found = all.find((container) => container.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** The id of a container of Kubernetes, as lists by CRI show it. */
function idOf({ machine }: SimulatedNode, name: string): string {
  const all = showContainers(machine, byCri);
  return all.find(({ container }) => container.name === name)?.info.id ?? '';
}

const byCri = { namespace: 'k8s.io', driver: 'CRI' } as const;
const byContainerd = { namespace: 'k8s.io', driver: 'CONTAINERD' } as const;

describe('the containers of a node', () => {
  it('are those of its services and its pods, by what the node is for', async () => {
    const { cluster } = await started();
    const names = (name: string) => {
      const { machine } = cluster.node(name);
      return machine.state(containers).pods.flatMap((pod) => pod.containers.map((one) => one.name));
    };
    const everywhere = ['kube-flannel', 'kube-proxy', 'install-config', 'coredns'];
    const own = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
    expect(new Set(names('worker-1'))).toEqual(new Set(everywhere));
    expect(new Set(names('cp-1'))).toEqual(new Set([...everywhere, ...own]));
  });

  it('have ids, processes and pods of their own, the same for the same seed', async () => {
    const [{ cluster }, other] = [await started(), await started()];
    const ids = cluster.machines.flatMap((machine) =>
      showContainers(machine, byCri).map(({ info }) => info.internalId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const list = (of: typeof cluster) => showContainers(of.node('cp-1').machine, byCri);
    expect(list(other.cluster).map(({ info }) => info)).toEqual(
      list(cluster).map(({ info }) => info),
    );
    const pids = list(cluster).flatMap(({ info }) => (info.pid === 0 ? [] : [info.pid]));
    expect(new Set(pids).size).toBe(pids.length);
  });

  it('in Kubernetes are gone while the node is off, and others afterwards', async () => {
    const { clock, node } = await started();
    const before = ofPods(node, 'kube-proxy');
    node.kill();
    expect(node.machine.state(containers).pods).toEqual([]);
    node.powerOn();
    await clock.advance(60_000);
    expect(ofPods(node, 'kube-proxy').internalId).not.toBe(before.internalId);
  });

  it('of Talos are those of services that run in its own container runtime', async () => {
    const { clock, node } = await started();
    const { machine } = node;
    const place = { namespace: 'system', driver: 'CONTAINERD' } as const;
    const ids = () => showContainers(machine, place).map(({ info }) => info.id);
    expect(ids()).toContain('ext-qemu-guest-agent');
    expect(ids()).not.toContain('etcd');
    machine.state(services).stopService('ext-qemu-guest-agent');
    await clock.advance(1_000);
    expect(ids()).not.toContain('ext-qemu-guest-agent');
    machine.state(services).startService('ext-qemu-guest-agent');
    await clock.advance(1_000);
    expect(ids()).toContain('ext-qemu-guest-agent');
  });
});

// Talos: the id shown is `ns/pod` for a sandbox, `ns/pod:container:first 12` for CRI.
describe('a container is found', () => {
  it('with CRI by its pod and name, with its id, the begin of it, or none', async () => {
    const { node } = await started();
    const { internalId } = ofPods(node, 'kube-scheduler');
    const name = 'kube-system/kube-scheduler-cp-1:kube-scheduler';
    for (const id of [
      name,
      `${name}:`,
      `${name}:${internalId.slice(0, 12)}`,
      `${name}:${internalId}`,
    ])
      expect(findContainer(node.machine, byCri, id).info.internalId).toBe(internalId);
    const sandbox = findContainer(node.machine, byCri, 'kube-system/kube-scheduler-cp-1');
    expect(sandbox.isSandbox).toBe(true);
  });

  it('with containerd by the name it shows, or its whole id', async () => {
    const { node } = await started();
    const { internalId } = ofPods(node, 'kube-scheduler');
    const name = 'kube-system/kube-scheduler-cp-1:kube-scheduler';
    for (const id of [name, internalId])
      expect(findContainer(node.machine, byContainerd, id).info.internalId).toBe(internalId);
    expect(() => findContainer(node.machine, byContainerd, internalId.slice(0, 12))).toThrow(
      'not found',
    );
  });

  it('not under the name of another pod, or another id', async () => {
    const { node } = await started();
    for (const id of [
      'kube-system/kube-scheduler-cp-1:kube-apiserver',
      'kube-system/kube-scheduler-cp-1:kube-scheduler:0000',
      'kube-scheduler',
      '',
    ]) {
      expect(() => findContainer(node.machine, byCri, id)).toThrow(`container "${id}" not found`);
    }
  });
});

describe('a container that is restarted', () => {
  it('has another id, process and start, and a log of its own', async () => {
    const { clock, cluster, node } = await started();
    const target = cluster.client().node(node.address);
    const before = ofPods(node, 'kube-proxy');
    const read = async () => {
      const request = { namespace: 'k8s.io', id: idOf(node, 'kube-proxy'), tailLines: -1 };
      return text(logsFeature(target).logs({ ...request, driver: 'CRI' }));
    };
    node.machine.state(containers).log(before).write('written by the first one');
    expect(await read()).toContain('written by the first one');
    const id = idOf(node, 'kube-proxy');
    await containersFeature(target).restart({ ...byCri, id });
    expect(ofPods(node, 'kube-proxy').pid).toBe(before.pid);
    await clock.advance(30);
    expect(ofPods(node, 'kube-proxy')).toMatchObject({ pid: 0, internalId: before.internalId });
    await clock.advance(1_000);
    const after = ofPods(node, 'kube-proxy');
    expect(after).toMatchObject({ startedAt: clock.now(), restarts: before.restarts + 1 });
    expect(after.internalId).not.toBe(before.internalId);
    expect(after.pid).not.toBe(before.pid);
    expect(await read()).not.toContain('written by the first one');
    expect(await read()).toContain('Proxier');
  });

  it('does not come back when the node goes down meanwhile', async () => {
    const { clock, node } = await started();
    const state = node.machine.state(containers);
    const pod = state.pods.find(({ name }) => name.includes('kube-proxy'));
    if (pod === undefined) throw new Error('there is no kube-proxy');
    state.restart(pod, 'kube-proxy');
    await clock.advance(30);
    node.kill();
    const topics: string[] = [];
    node.machine.onChange((topic) => topics.push(topic));
    await clock.advance(10_000);
    expect(topics).not.toContain('pods');
    expect(node.machine.state(containers).pods).toEqual([]);
  });

  it('tells who watches the node', async () => {
    const { clock, node } = await started();
    const state = node.machine.state(containers);
    const topics: string[] = [];
    node.machine.onChange((topic) => topics.push(topic));
    for (const pod of state.pods) state.restart(pod, 'coredns');
    await clock.advance(5_000);
    // That it ended, that it runs again, and that it is ready.
    expect(topics.filter((topic) => topic === 'pods')).toHaveLength(3);
  });

  it('stays ended when it was to end anyway', async () => {
    const { clock, node } = await started();
    const state = node.machine.state(containers);
    const before = ofPods(node, 'install-config');
    for (const pod of state.pods) state.restart(pod, 'install-config');
    await clock.advance(5_000);
    expect(ofPods(node, 'install-config')).toEqual(before);
  });
});

describe('what a container uses', () => {
  it('is memory in whole pages, and processor time that only grows from its start', async () => {
    const { clock, node } = await started();
    const container = { internalId: 'a', name: 'etcd', startedAt: clock.now() };
    expect(usageOf(node.machine, container).cpu).toBe(0n);
    let before = 0n;
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      const { memory, cpu } = usageOf(node.machine, container);
      expect(memory % 4096n).toBe(0n);
      expect(cpu).toBeGreaterThan(before);
      before = cpu;
    }
    // About 4 % of a processor.
    expect(Number(before) / 1e9 / 3600).toBeCloseTo(0.04, 1);
  });
});
