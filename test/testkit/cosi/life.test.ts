import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type ResourcesClient,
  resources as resourcesOf,
} from '../../../generated/features/resources.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { kubernetes } from '../../../testkit/src/topics/kubernetes/kubernetes.js';
import { services as servicesTopic } from '../../../testkit/src/topics/services/services.js';
import { installation } from '../../../testkit/src/topics/system/installation.js';
import { meta } from '../../../testkit/src/topics/system/meta.js';

interface Setup {
  readonly cluster: SimulatedCluster;
  readonly node: SimulatedNode;
  readonly client: ResourcesClient;
}

async function setUp(options: Parameters<typeof simulateCluster>[0] = {}): Promise<Setup> {
  const cluster = await simulateCluster(options);
  const node = cluster.node('10.5.0.2');
  return { cluster, node, client: resourcesOf(cluster.client().node(node.address)) };
}

interface MachineStatus {
  readonly stage: string;
  readonly status: {
    readonly ready: boolean;
    readonly unmetConditions: readonly { readonly name: string }[];
  };
}

async function list(client: ResourcesClient, namespace: string, type: string) {
  const found = new Map<string, unknown>();
  for await (const { resource } of client.list({ namespace, type })) {
    found.set(resource?.metadata?.id ?? '', parse(resource?.spec?.yamlSpec ?? ''));
  }
  return found;
}

// Talos: controllers write resources as the node changes.
describe('the resources of a node that boots', () => {
  it('tell how it gets ready', async () => {
    const { cluster, node, client } = await setUp();
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    const seen: MachineStatus[] = [];
    const watch = client.watch({
      namespace: 'runtime',
      type: 'MachineStatuses.runtime.talos.dev',
      id: 'machine',
      apiVersion: 1,
    });
    for await (const { event } of watch) {
      for (const { resource } of event) {
        seen.push(parse(resource?.spec?.yamlSpec ?? '') as MachineStatus);
      }
      if (seen.at(-1)?.status.ready === true) break;
    }
    expect(seen[0]).toMatchObject({ stage: 'booting', status: { ready: false } });
    expect(seen.at(-1)).toEqual({
      stage: 'running',
      status: { ready: true, unmetConditions: [] },
    });
    const conditions = new Set(
      seen.flatMap(({ status }) => status.unmetConditions.map(({ name }) => name)),
    );
    expect(conditions).toContain('services');
    await cluster.close();
  });

  it('begin anew, with another boot id', async () => {
    const { cluster, node, client } = await setUp();
    const bootId = () =>
      client.get({ namespace: 'runtime', type: 'BootIDs.runtime.talos.dev', id: 'boot-id' });
    const before = await bootId();
    node.kill();
    node.powerOn();
    await node.untilStage('RUNNING');
    const after = await bootId();
    expect(after.resource?.spec?.yamlSpec).not.toBe(before.resource?.spec?.yamlSpec);
    expect(after.resource?.metadata?.version).toBe('1');
    await cluster.close();
  });
});

describe('the services of a node', () => {
  const kind = ['runtime', 'Services.v1alpha1.talos.dev'] as const;

  it('are there while they run, by what their node is for', async () => {
    const { cluster, client } = await setUp({ workers: 1 });
    const services = await list(client, ...kind);
    expect(services.get('etcd')).toEqual({ running: true, healthy: true, unknown: false });
    expect(services.get('dashboard')).toEqual({ running: true, healthy: false, unknown: true });
    const worker = resourcesOf(cluster.client().node('10.5.0.3'));
    const others = await list(worker, ...kind);
    expect(others.has('kubelet')).toBe(true);
    expect(others.has('etcd')).toBe(false);
    await cluster.close();
  });

  it('are destroyed, without being torn down, when they stop', async () => {
    const { cluster, node, client } = await setUp();
    const events: string[] = [];
    const watch = client.watch({
      namespace: kind[0],
      type: kind[1],
      id: 'kubelet',
      apiVersion: 1,
    });
    for await (const { event } of watch) {
      for (const { eventType, resource } of event) {
        events.push(`${eventType} ${resource?.metadata?.phase}`);
      }
      if (events.length === 1) node.machine.state(servicesTopic).restartService('kubelet');
      if (events.length === 3) break;
    }
    expect(events).toEqual(['CREATED running', 'DESTROYED running', 'CREATED running']);
    await cluster.close();
  });
});

describe('the node of a machine in Kubernetes', () => {
  it('is unschedulable once it is cordoned', async () => {
    const { cluster, client } = await setUp();
    const kind = ['k8s', 'NodeStatuses.kubernetes.talos.dev'] as const;
    expect((await list(client, ...kind)).get('cp-1')).toMatchObject({ unschedulable: false });
    cluster.state(kubernetes).changeNode(cluster.node('cp-1').machine, { unschedulable: true });
    expect((await list(client, ...kind)).get('cp-1')).toMatchObject({ unschedulable: true });
    await cluster.close();
  });
});

describe('the counters of a node', () => {
  it('are looked at every 30 seconds', async () => {
    const clock = new ManualClock();
    const { cluster, client } = await setUp({ clock });
    const stat = () =>
      client.get({ namespace: 'perf', type: 'CPUStats.perf.talos.dev', id: 'latest' });
    const version = async () => (await stat()).resource?.metadata?.version;
    expect(await version()).toBe('1');
    await clock.advance(29_000);
    expect(await version()).toBe('1');
    await clock.advance(61_000);
    expect(await version()).toBe('4');
    await cluster.close();
    expect(clock.pending).toBe(0);
  });
});

describe('META of a node', () => {
  it('shows its keys, and what they override', async () => {
    const { cluster, node, client } = await setUp();
    const kind = ['runtime', 'MetaKeys.runtime.talos.dev'] as const;
    const information = ['hardware', 'SystemInformations.hardware.talos.dev'] as const;
    expect((await list(client, ...kind)).size).toBe(0);
    await list(client, ...information);
    const uuid = '11111111-2222-4333-8444-555555555555';
    node.machine.state(meta).write(10, 'addresses: []');
    node.machine.state(meta).write(15, uuid);
    expect(await list(client, ...kind)).toEqual(
      new Map([
        ['0x0a', { value: 'addresses: []' }],
        ['0x0f', { value: uuid }],
      ]),
    );
    expect((await list(client, ...information)).get('systeminformation')).toMatchObject({ uuid });
    await cluster.close();
  });
});

describe('the volumes of a node', () => {
  it('are missing until Talos is installed', async () => {
    const { cluster, client } = await setUp({ maintenance: true });
    const volumes = await list(client, 'runtime', 'VolumeStatuses.block.talos.dev');
    expect([...volumes.keys()]).toEqual(['EPHEMERAL', 'META', 'STATE']);
    expect(volumes.get('STATE')).toMatchObject({ phase: 'missing' });
    expect((await list(client, 'runtime', 'SystemDisks.block.talos.dev')).size).toBe(0);
    cluster.machines[0]?.state(installation).write('A', 'v1.14.0');
    const installed = await list(client, 'runtime', 'VolumeStatuses.block.talos.dev');
    expect(installed.get('META')).toMatchObject({ phase: 'ready', location: '/dev/sda2' });
    expect(installed.get('STATE')).toMatchObject({ phase: 'missing' });
    await cluster.close();
  });
});

describe('the members of a cluster', () => {
  it('change on all nodes when one is renamed', async () => {
    const { cluster } = await setUp({ controlPlanes: 2, workers: 1 });
    const client = resourcesOf(cluster.client().node('10.5.0.4'));
    const members = async () => [
      ...(await list(client, 'cluster', 'Members.cluster.talos.dev')).keys(),
    ];
    expect(await members()).toEqual(['cp-1', 'cp-2', 'worker-1']);
    cluster.node('cp-2').machine.setName('other');
    expect(await members()).toEqual(['cp-1', 'other', 'worker-1']);
    await cluster.close();
  });

  it('are unknown to a node in maintenance', async () => {
    const { cluster, client } = await setUp({ maintenance: true });
    expect((await list(client, 'cluster', 'Members.cluster.talos.dev')).size).toBe(0);
    expect([...(await list(client, 'runtime', 'Disks.block.talos.dev')).keys()]).toEqual([
      'loop0',
      'sda',
      'sdb',
    ]);
    await cluster.close();
  });
});
