import { describe, expect, it } from 'vitest';
import { etcd } from '../../../generated/features/etcd.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { reset } from '../../../testkit/src/node/sequences/reset.js';
import { sequences } from '../../../testkit/src/node/sequences/sequences.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { readConfig } from '../../../testkit/src/topics/config/machine-config.js';
import { etcdOn } from '../../../testkit/src/topics/etcd/etcd-node.js';
import { Upload } from '../../../testkit/src/topics/etcd/upload.js';
import { events } from '../../../testkit/src/topics/events/events.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { timeSync } from '../../../testkit/src/topics/system/time-sync.js';
import { failure, startCluster } from '../support.js';
import { etcdCluster, idOf, namesAt } from './support.js';

/** Control planes that have their configuration and wait for a bootstrap. */
async function unbootstrapped(controlPlanes = 3) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, controlPlanes, maintenance: true });
  const text = cluster.machineConfig({ type: 'controlplane' });
  for (const { machine } of cluster.nodes) {
    machine.state(config).activate(readConfig(text, cluster.talosVersion));
  }
  await clock.advance(60_000);
  const at = (name: string) => etcdOn(cluster.node(name).machine);
  return { clock, cluster, at };
}

const plain = { recover: false, skipHashCheck: false };

// Talos: a control plane joins as a learner and is promoted; etcd takes one learner at a time.
describe('a cluster that is bootstrapped', () => {
  it('begins with one member; the others join one after the other', async () => {
    const { clock, cluster, at } = await unbootstrapped();
    expect(cluster.nodes.map(({ stage }) => stage)).toEqual(['BOOTING', 'BOOTING', 'BOOTING']);
    at('cp-2').bootstrap(plain);
    const learners: number[] = [];
    const sizes = new Set<number>();
    cluster.node('cp-2').machine.onChange(() => {
      const members = at('cp-2').membership?.etcd.members ?? [];
      learners.push(members.filter(({ isLearner }) => isLearner).length);
      sizes.add(members.length);
    });
    await clock.advance(60_000);
    expect(Math.max(...learners)).toBe(1);
    expect([...sizes].filter((size) => size > 0)).toEqual([1, 2, 3]);
    for (const name of ['cp-1', 'cp-2', 'cp-3']) {
      expect(namesAt(at(name))).toEqual(['cp-1', 'cp-2', 'cp-3']);
      expect(at(name).status()).toMatchObject({ isLearner: false, errors: [] });
    }
    expect(cluster.nodes.map(({ stage }) => stage)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  });

  it('shows a learner as unhealthy until it has its vote', async () => {
    const { clock, cluster, at } = await unbootstrapped(2);
    const told: string[] = [];
    const { machine } = cluster.node('cp-2');
    machine.state(events).onEvent(({ payload }) => {
      if (payload.case !== 'serviceState' || payload.value.service !== 'etcd') return;
      told.push(payload.value.message ?? '');
    });
    at('cp-1').bootstrap(plain);
    await clock.advance(60_000);
    const learning = 'Health check failed: etcdserver: rpc not supported for learner';
    expect(told.slice(-2)).toEqual([learning, 'Health check successful']);
  });

  it('is another one on each node that is bootstrapped', async () => {
    const { clock, at } = await unbootstrapped(2);
    at('cp-1').bootstrap(plain);
    at('cp-2').bootstrap(plain);
    await clock.advance(60_000);
    expect(namesAt(at('cp-1'))).toEqual(['cp-1']);
    expect(namesAt(at('cp-2'))).toEqual(['cp-2']);
  });

  it('takes nobody in while one of its members is missing', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const { machine } = cluster.node('cp-3');
    machine.halt('crash');
    at('cp-3').wipe();
    at('cp-1').membership?.etcd.remove(at('cp-1').membership?.etcd.memberOn(machine)?.id ?? 0n);
    cluster.node('cp-2').kill();
    cluster.node('cp-3').powerOn();
    await clock.advance(60_000);
    expect(at('cp-3').hasData).toBe(false);
    expect(machine.state(services).find('etcd')?.state).toBe('Preparing');
    cluster.node('cp-2').powerOn();
    await clock.advance(60_000);
    expect(namesAt(at('cp-3'))).toEqual(['cp-1', 'cp-2', 'cp-3']);
  });

  it('gives a node that lost its data another member in the place of the old one', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const before = idOf(at('cp-3'));
    cluster.node('cp-3').kill();
    at('cp-3').wipe();
    cluster.node('cp-3').powerOn();
    await clock.advance(60_000);
    // The one that is down keeps others out, but not the node that it belongs to.
    expect(namesAt(at('cp-3'))).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(idOf(at('cp-3'))).not.toBe(before);
  });
});

// Talos, Bootstrap: the order of its checks.
describe('a bootstrap', () => {
  it('waits five seconds for the time, and is refused without it', async () => {
    const { clock, cluster, at } = await unbootstrapped(1);
    const { machine } = cluster.node('cp-1');
    machine.state(timeSync).setSynced(false);
    const call = () => lifecycle(cluster.client({ timeoutMs: 'none' })).bootstrap({});
    const refused = failure(call());
    await clock.advance(5_000);
    expect(await refused).toMatchObject({ status: 'failed-precondition' });
    expect((await refused).message).toContain('time is not in sync yet');
    const waiting = call();
    await clock.advance(1_000);
    machine.state(timeSync).setSynced(true);
    await waiting;
    await clock.advance(60_000);
    expect(at('cp-1').hasData).toBe(true);
  });

  it('looks at the time before it looks at the data', async () => {
    const { clock, cluster } = await etcdCluster({ controlPlanes: 1 });
    cluster.node('cp-1').machine.state(timeSync).setSynced(false);
    const refused = failure(lifecycle(cluster.client({ timeoutMs: 'none' })).bootstrap({}));
    await clock.advance(5_000);
    expect(await refused).toMatchObject({ status: 'failed-precondition' });
  });

  it('that recovers without an upload fails in the service, and can be asked for again', async () => {
    const { clock, cluster, at } = await unbootstrapped(1);
    const state = cluster.node('cp-1').machine.state(services);
    at('cp-1').bootstrap({ recover: true, skipHashCheck: false });
    await clock.advance(60_000);
    expect(state.find('etcd')?.state).toBe('Failed');
    expect(state.find('etcd')?.history.at(-1)?.message).toContain(
      'stat /var/lib/etcd.snapshot: no such file or directory',
    );
    expect(at('cp-1').hasData).toBe(false);
    at('cp-1').bootstrap(plain);
    await clock.advance(60_000);
    expect(state.isUp('etcd')).toBe(true);
  });

  it('brings a copy of a data directory back when its digest is not asked for', async () => {
    const { at: of } = await etcdCluster({ controlPlanes: 1, seed: 2 });
    const copy = new Upload();
    for (const page of of('cp-1').snapshot()) if (page.length > 32) copy.write(page);
    const { clock, cluster, at } = await unbootstrapped(1);
    const node = at('cp-1');
    node.upload = copy.finish();
    node.bootstrap({ recover: true, skipHashCheck: false });
    await clock.advance(60_000);
    expect(node.hasData).toBe(false);
    node.bootstrap({ recover: true, skipHashCheck: true });
    await clock.advance(60_000);
    expect(cluster.node('cp-1').stage).toBe('RUNNING');
    expect(node.membership?.etcd.lineage).toBe(of('cp-1').membership?.etcd.lineage);
    expect(node.upload).toBeUndefined();
  });

  it('finds no place for a snapshot before the disk is mounted', async () => {
    const { clock, cluster } = await etcdCluster({ controlPlanes: 1 });
    const node = cluster.node('cp-1');
    node.kill();
    node.powerOn();
    while (!node.machine.isApiUp) await clock.advance(1);
    const error = await failure(etcd(cluster.client()).recover([Buffer.alloc(1)]));
    expect(error).toMatchObject({ status: 'failed-precondition' });
  });
});

describe('a node that leaves', () => {
  const plan = { graceful: true, reboot: true, volumes: 'all', userDisks: [] } as const;

  it('waits for members that are missing, and gives up after five minutes', async () => {
    const { clock, cluster, at } = await etcdCluster();
    cluster.node('cp-3').kill();
    const client = etcd(cluster.client({ endpoint: 'cp-2', timeoutMs: 'none' }).node('cp-2'));
    const refused = failure(client.leaveCluster({}));
    await clock.advance(320_000);
    expect((await refused).message).toContain('etcdserver: unhealthy cluster');
    const left = client.leaveCluster({});
    await clock.advance(5_000);
    cluster.node('cp-3').powerOn();
    await clock.advance(20_000);
    await left;
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-3']);
    expect(at('cp-2').hasData).toBe(false);
  });

  it('joins again when it boots', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const left = etcd(cluster.client({ timeoutMs: 'none' }).node('cp-2')).leaveCluster({});
    await clock.advance(1_000);
    await left;
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-3']);
    cluster.node('cp-2').kill();
    cluster.node('cp-2').powerOn();
    await clock.advance(60_000);
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-2', 'cp-3']);
  });

  it('is out of the cluster after a graceful reset', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const { machine } = cluster.node('cp-3');
    machine.state(sequences).run(reset(machine, plan), { actorId: 'a' });
    await clock.advance(60_000);
    expect(machine.stage).toBe('MAINTENANCE');
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-2']);
  });

  it('stays known to the others after a reset that is not graceful', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const { machine } = cluster.node('cp-3');
    machine.state(sequences).run(reset(machine, { ...plan, graceful: false }), { actorId: 'a' });
    await clock.advance(60_000);
    expect(machine.stage).toBe('MAINTENANCE');
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(at('cp-1').problem()).toBeUndefined();
  });

  it('is not reset gracefully when it is the last member', async () => {
    const { clock, cluster } = await etcdCluster({ controlPlanes: 1 });
    const { machine } = cluster.node('cp-1');
    const told: string[] = [];
    machine.state(events).onEvent(({ payload }) => {
      if (payload.case === 'sequence') told.push(payload.value.error?.message ?? '');
    });
    machine.state(sequences).run(reset(machine, plan), { actorId: 'a' });
    await clock.advance(60_000);
    expect(told.at(-1)).toContain('not enough started members');
    expect(machine.boots).toBe(1);
    expect(etcdOn(machine).hasData).toBe(true);
  });
});
