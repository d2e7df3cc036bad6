import { ManualClock } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import {
  type ContainerDriver,
  type ContainerInfo,
  type ContainersMethods,
  containers,
  containersMethods,
} from '../../generated/features/containers.js';
import { services } from '../../generated/features/services.js';
import type { CallOptions } from '../../src/runtime/call-options.js';
import type { Target } from '../../src/runtime/target.js';
import { containers as containersOf } from '../../testkit/src/topics/containers/containers.js';
import { services as servicesOf } from '../../testkit/src/topics/services/services.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const kubernetes = { namespace: 'k8s.io', driver: 'CRI' } as const;
const talosOwn = { namespace: 'system', driver: 'CONTAINERD' } as const;

/** The id of a container, where a request has one. */
function idOf(name: keyof ContainersMethods, id: string): { readonly id: string } {
  return (name === 'restart' ? { id } : {}) as { readonly id: string };
}

async function started() {
  const clock = new ManualClock();
  const cluster = covered(await tlsCluster({ workers: 1, clock }));
  const node = cluster.node('cp-1');
  return { clock, cluster, node, target: cluster.client().node('10.5.0.2') };
}

async function listed(
  target: Target,
  place: { readonly namespace: string; readonly driver: ContainerDriver },
): Promise<readonly ContainerInfo[]> {
  return (await containers(target).list(place)).containers;
}

function called(list: readonly ContainerInfo[], name: string): ContainerInfo {
  const found = list.find((container) => container.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

function call(target: Target, name: keyof ContainersMethods, options?: CallOptions) {
  const client = containers(target);
  switch (name) {
    case 'list':
      return client.list(talosOwn, options);
    case 'stats':
      return client.stats(talosOwn, options);
    case 'restart':
      return client.restart({ ...talosOwn, id: 'trustd' }, options);
  }
}

describe.each(Object.keys(containersMethods) as readonly (keyof ContainersMethods)[])(
  '%s',
  (name) => {
    it('is refused to a role that only writes META', async () => {
      const { cluster } = await started();
      await expectRefused(call(cluster.client({ role: 'os:meta:writer' }), name));
    });

    it('ends at the deadline of the caller', async () => {
      const { node, target } = await started();
      await expectDeadline(node, containersMethods[name], (options) => call(target, name, options));
    });

    it('ends when the caller gives up', async () => {
      const { node, target } = await started();
      await expectCancelled(node, containersMethods[name], (options) =>
        call(target, name, options),
      );
    });

    it('fails for a namespace or a driver that there is not', async () => {
      const { target } = await started();
      const client = containers(target);
      const request = { ...talosOwn, ...idOf(name, 'trustd') };
      expect(await failureOf(client[name]({ ...request, namespace: '' }))).toMatchObject({
        status: 'invalid-argument',
      });
      expect(await failureOf(client[name]({ ...request, driver: 7 }))).toMatchObject({
        status: 'invalid-argument',
      });
    });

    it('fails for the containers of Talos when asked by CRI, which only Kubernetes uses', async () => {
      const { target } = await started();
      const error = await failureOf(
        containers(target)[name]({ ...talosOwn, driver: 'CRI', ...idOf(name, 'trustd') }),
      );
      expect(error).toMatchObject({
        status: 'unknown',
        reason: 'CRI inspector is supported only for K8s namespace',
      });
    });

    it('fails while the container runtime does not run', async () => {
      const { node, target } = await started();
      node.machine.state(servicesOf).crash('cri', 'killed');
      const error = await failureOf(
        containers(target)[name]({ ...kubernetes, ...idOf(name, 'a/b') }),
      );
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain('/run/containerd/containerd.sock');
    });
  },
);

describe('list', () => {
  it('shows the services that run in the container runtime of Talos', async () => {
    const { cluster, node, target } = await started();
    const list = await listed(target, talosOwn);
    expect(list.map(({ id }) => id)).toEqual(['apid', 'ext-qemu-guest-agent', 'trustd']);
    const { pid } = node.machine.state(servicesOf).find('apid') ?? {};
    expect(called(list, 'apid')).toMatchObject({ namespace: 'system', pid, status: 'RUNNING' });
    const worker = await listed(cluster.client().node('10.5.0.3'), talosOwn);
    expect(worker.map(({ id }) => id)).toEqual(['apid', 'ext-qemu-guest-agent']);
  });

  it('shows pods by CRI with their sandboxes, and containers that have ended', async () => {
    const { target } = await started();
    const list = await listed(target, kubernetes);
    const server = called(list, 'kube-apiserver');
    expect(server).toMatchObject({
      namespace: 'k8s.io',
      id: `kube-system/kube-apiserver-cp-1:kube-apiserver:${server.internalId.slice(0, 12)}`,
      podId: 'kube-system/kube-apiserver-cp-1',
      status: 'CONTAINER_RUNNING',
      image: expect.stringContaining('kube-apiserver:v'),
    });
    expect(server.internalId).toMatch(/^[0-9a-f]{64}$/);
    const sandbox = called(list, 'kube-system/kube-apiserver-cp-1');
    expect(sandbox).toMatchObject({ id: sandbox.podId, status: 'SANDBOX_READY' });
    expect(sandbox.uid).toMatch(/^[0-9a-f]{8}-/);
    expect(called(list, 'install-config')).toMatchObject({ pid: 0, status: 'CONTAINER_EXITED' });
    const own = list.filter(({ networkNamespace }) => networkNamespace !== '');
    expect(own.map(({ name }) => name)).toEqual([expect.stringContaining('coredns-')]);
  });

  it('shows tasks by containerd, which what has ended is none of', async () => {
    const { target } = await started();
    const place = { namespace: 'k8s.io', driver: 'CONTAINERD' } as const;
    const list = await listed(target, place);
    const byCri = await listed(target, kubernetes);
    expect(called(list, 'kube-apiserver')).toMatchObject({
      id: 'kube-system/kube-apiserver-cp-1:kube-apiserver',
      status: 'RUNNING',
      internalId: called(byCri, 'kube-apiserver').internalId,
    });
    expect(list.map(({ internalId }) => internalId)).toEqual(
      byCri.filter(({ pid }) => pid !== 0).map(({ internalId }) => internalId),
    );
  });

  it('is empty in a namespace that nobody uses', async () => {
    const { target } = await started();
    expect(await listed(target, { namespace: 'default', driver: 'CONTAINERD' })).toEqual([]);
  });
});

describe('stats', () => {
  it('are those of what runs, and grow', async () => {
    const { clock, target } = await started();
    const place = { namespace: 'k8s.io', driver: 'CONTAINERD' } as const;
    const read = async () => (await containers(target).stats(place)).stats;
    const before = await read();
    const list = await listed(target, place);
    expect(before.map(({ id }) => id)).toEqual(list.map(({ id }) => id));
    for (const { memoryUsage } of before) expect(memoryUsage % 4096n).toBe(0n);
    await clock.advance(600_000);
    const after = await read();
    for (const [index, { cpuUsage }] of before.entries()) {
      expect(after[index]?.cpuUsage).toBeGreaterThan(cpuUsage);
    }
  });

  it('has no entry by CRI for what has ended, and nothing counted for sandboxes', async () => {
    const { target } = await started();
    const { stats } = await containers(target).stats(kubernetes);
    const list = await listed(target, kubernetes);
    expect(stats.map(({ name }) => name)).not.toContain('install-config');
    const sandboxes = new Set(
      list.filter(({ status }) => status === 'SANDBOX_READY').map(({ id }) => id),
    );
    for (const { id, memoryUsage } of stats) expect(memoryUsage === 0n).toBe(sandboxes.has(id));
  });

  it('are those of the services of Talos, too', async () => {
    const { target } = await started();
    const { stats } = await containers(target).stats(talosOwn);
    expect(stats.map(({ id }) => id)).toEqual(['apid', 'ext-qemu-guest-agent', 'trustd']);
  });
});

describe('restart', () => {
  it('ends a container, which Kubernetes starts anew', async () => {
    const { clock, node, target } = await started();
    const state = node.machine.state(containersOf);
    const server = () =>
      state.pods.flatMap((pod) => pod.containers).find(({ name }) => name === 'kube-apiserver');
    const before = called(await listed(target, kubernetes), 'kube-apiserver');
    await containers(target).restart({ ...kubernetes, id: before.id });
    await clock.advance(100);
    expect(called(await listed(target, kubernetes), 'kube-apiserver')).toMatchObject({
      pid: 0,
      status: 'CONTAINER_EXITED',
    });
    await clock.advance(2_000);
    const after = called(await listed(target, kubernetes), 'kube-apiserver');
    expect(after.status).toBe('CONTAINER_RUNNING');
    expect(after.internalId).not.toBe(before.internalId);
    expect(after.pid).not.toBe(before.pid);
    expect(server()?.restarts).toBe(1);
    // The old one is gone, under its id at least.
    expect(
      await failureOf(containers(target).restart({ ...kubernetes, id: before.id })),
    ).toMatchObject({ status: 'unknown', reason: `container "${before.id}" not found` });
  });

  it('ends a pod with its sandbox', async () => {
    const { clock, target } = await started();
    const before = await listed(target, kubernetes);
    const pod = called(before, 'kube-apiserver').podId;
    await containers(target).restart({ ...kubernetes, id: pod });
    await clock.advance(5_000);
    const after = await listed(target, kubernetes);
    for (const name of [pod, 'kube-apiserver']) {
      expect(called(after, name).internalId).not.toBe(called(before, name).internalId);
    }
    expect(called(after, 'kube-scheduler')).toEqual(called(before, 'kube-scheduler'));
  });

  it('has Talos start its own service again', async () => {
    const { clock, node, target } = await started();
    const state = node.machine.state(servicesOf);
    const before = state.find('trustd')?.pid;
    await containers(target).restart({ ...talosOwn, id: 'trustd' });
    await clock.advance(60_000);
    expect(state.isUp('trustd')).toBe(true);
    expect(state.find('trustd')?.pid).not.toBe(before);
    const { services: list } = await services(target).list();
    const messages = list.find(({ id }) => id === 'trustd')?.events?.events.map(({ msg }) => msg);
    expect(messages?.join('\n')).toContain('exit code 143');
  });

  it('is refused to readers', async () => {
    const { cluster } = await started();
    const reader = containers(cluster.client({ role: 'os:reader' }));
    await expectRefused(reader.restart({ ...talosOwn, id: 'trustd' }));
  });

  it('fails for a container that there is not', async () => {
    const { target } = await started();
    for (const place of [kubernetes, talosOwn]) {
      expect(await failureOf(containers(target).restart({ ...place, id: 'nginx' }))).toMatchObject({
        status: 'unknown',
        reason: 'container "nginx" not found',
      });
    }
  });
});
