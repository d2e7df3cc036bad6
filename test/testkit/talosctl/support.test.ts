import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { cluster as clusterFeature } from '../../../generated/features/cluster.js';
import { containers } from '../../../generated/features/containers.js';
import { files } from '../../../generated/features/files.js';
import { inspect } from '../../../generated/features/inspect.js';
import { logs } from '../../../generated/features/logs.js';
import { resources } from '../../../generated/features/resources.js';
import { services } from '../../../generated/features/services.js';
import { system } from '../../../generated/features/system.js';
import type { Target } from '../../../src/runtime/target.js';
import { startCluster } from '../support.js';

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

interface Definition {
  readonly id: string;
  readonly type: string;
  readonly defaultNamespace: string;
  readonly sensitivity?: string;
}

async function definitionsOf(node: Target): Promise<readonly Definition[]> {
  const found: Definition[] = [];
  const type = 'ResourceDefinitions.meta.cosi.dev';
  for await (const { resource } of resources(node).list({ namespace: 'meta', type })) {
    found.push({ id: resource?.metadata?.id, ...parse(resource?.spec?.yamlSpec ?? '') });
  }
  return found;
}

// What `talosctl support` asks each node for, in the order of go-talos-support's collectors; one that
// fails makes the command end with 1.
describe.each([
  ['a control plane', 'cp-1', ['etcd', 'kubelet', 'trustd']],
  ['a worker', 'worker-1', ['kubelet']],
])('talosctl support of %s', (_, name, ids) => {
  async function started() {
    const cluster = await startCluster({ workers: 1 });
    const talos = cluster.client();
    const node = talos.node(cluster.node(name).address);
    return { cluster, node };
  }

  it('gets the kernel log and the logs of Talos itself', async () => {
    const { node } = await started();
    expect(await textOf(logs(node).dmesg({ follow: false, tail: false }))).toContain('kern:');
    for (const id of ['controller-runtime', 'dns-resolve-cache']) {
      const request = { namespace: 'system', driver: 'CONTAINERD', id, tailLines: -1 } as const;
      expect(await textOf(logs(node).logs({ ...request, follow: false }))).toMatch(/\n$/);
    }
  });

  it('gets the graph of controllers, with the resources of each edge', async () => {
    const { node } = await started();
    const { edges } = await inspect(node).controllerRuntimeDependencies();
    expect(new Set(edges.map(({ controllerName }) => controllerName)).size).toBeGreaterThan(100);
    // The graph is drawn with the resources of each type: they are listed, each in its namespace.
    const known = new Map((await definitionsOf(node)).map(({ type, ...rest }) => [type, rest]));
    for (const { resourceType, resourceNamespace } of edges) {
      expect(known.has(resourceType), resourceType).toBe(true);
      if (resourceNamespace === '') continue;
      const list = { namespace: resourceNamespace, type: resourceType };
      for await (const { resource } of resources(node).list(list)) {
        expect(resource?.metadata?.type).toBe(resourceType);
      }
    }
  });

  it('gets mounts, PCI devices, disk counters, processes and the version', async () => {
    const { node } = await started();
    const { stats } = await files(node).mounts();
    expect(stats.some(({ size, mountedOn }) => size > 0n && mountedOn === '/var')).toBe(true);
    const devices = await textOf(files(node).read({ path: '/proc/bus/pci/devices' }));
    expect(devices.split('\n')[0]).toMatch(/^[0-9a-f]{4}\t[0-9a-f]{8}\t/);
    expect((await system(node).diskStats()).devices.map(({ name }) => name)).toContain('sda');
    const { processes } = await system(node).processes();
    expect(processes.some(({ executable }) => executable !== '')).toBe(true);
    expect((await system(node).version()).version?.tag).toBe('v1.14.0');
  });

  it('gets every type of resources, and reads what may be shown', async () => {
    const { node } = await started();
    const definitions = await definitionsOf(node);
    expect(definitions.length).toBeGreaterThan(190);
    for (const { type, defaultNamespace: namespace, sensitivity } of definitions) {
      for await (const { resource } of resources(node).list({ namespace, type })) {
        const [document, ...more] = parseAllDocuments(resource?.spec?.yamlSpec ?? '');
        expect(more, type).toEqual([]);
        if (sensitivity !== 'sensitive') expect(document?.errors, type).toEqual([]);
      }
    }
  });

  it('gets the log and the state of each service', async () => {
    const { node } = await started();
    const list = (await services(node).list()).services;
    expect(list.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    for (const { id, state, events, health } of list) {
      const request = { namespace: 'system', driver: 'CONTAINERD', id, tailLines: -1 } as const;
      await textOf(logs(node).logs({ ...request, follow: false }));
      expect(state).not.toBe('');
      expect(events?.events.length, id).toBeGreaterThan(0);
      expect(health, id).toBeDefined();
    }
  });

  it('gets the logs of the containers of kube-system', async () => {
    const { node } = await started();
    const driver = 'CRI' as const;
    const list = (await containers(node).list({ namespace: 'k8s.io', driver })).containers;
    const own = list.filter(
      ({ podId, status }) => podId.split('/')[0] === 'kube-system' && status !== 'SANDBOX_READY',
    );
    expect(own.length).toBeGreaterThan(0);
    for (const { id, podId } of own) {
      expect(podId.split('/')[1]).toBeTruthy();
      const request = { namespace: 'k8s.io', driver, id, tailLines: -1, follow: false } as const;
      await textOf(logs(node).logs(request));
    }
  });

  it('finds the name of the cluster for the name of the file, and a kubeconfig', async () => {
    const { cluster, node } = await started();
    const info = { namespace: 'cluster', type: 'Infos.cluster.talos.dev', id: 'current' };
    const { resource } = await resources(node).get(info);
    expect(parse(resource?.spec?.yamlSpec ?? '').clusterName).toBe(cluster.name);
    const kubeconfig = textOf(clusterFeature(node).kubeconfig());
    if (name === 'cp-1') expect((await kubeconfig).length).toBeGreaterThan(0);
    // The command takes a node that has none, goes on without Kubernetes, and ends with 1.
    else {
      await expect(kubeconfig).rejects.toMatchObject({
        status: 'unimplemented',
        reason: 'kubeconfig is only available on control plane nodes',
      });
    }
  });
});
