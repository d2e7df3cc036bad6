import { describe, expect, it } from 'vitest';
import { cluster as clusterOf } from '../../../generated/features/cluster.js';
import { etcd } from '../../../generated/features/etcd.js';
import { resources } from '../../../generated/features/resources.js';
import { fromMs } from '../../../src/runtime/time.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { failure } from '../support.js';
import { etcdCluster, idOf, namesAt } from './support.js';

const HOUR_MS = 3_600_000;

// etcd: members that reach a majority of the voters elect a leader; the rest know none.
describe('the leader of an etcd cluster', () => {
  it('is the same for all, with the same ids for the same seed', async () => {
    const [one, two, other] = [
      await etcdCluster({ seed: 7 }),
      await etcdCluster({ seed: 7 }),
      await etcdCluster({ seed: 8 }),
    ];
    const { leader, memberId } = one.at('cp-1').status();
    expect(leader).toBe(memberId);
    for (const name of ['cp-1', 'cp-2', 'cp-3']) {
      expect(one.at(name).status().leader).toBe(leader);
      expect(idOf(two.at(name))).toBe(idOf(one.at(name)));
      expect(idOf(other.at(name))).not.toBe(idOf(one.at(name)));
    }
  });

  it('is another one when its node dies, in the next term', async () => {
    const { cluster, at } = await etcdCluster();
    const before = at('cp-2').status();
    cluster.node('cp-1').kill();
    const after = at('cp-2').status();
    expect([idOf(at('cp-2')), idOf(at('cp-3'))]).toContain(after.leader);
    expect(after.raftTerm).toBe(before.raftTerm + 1n);
    expect(at('cp-3').status().leader).toBe(after.leader);
  });

  it('stays when another node dies and comes back', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const before = at('cp-1').status();
    cluster.node('cp-3').kill();
    cluster.node('cp-3').powerOn();
    await clock.advance(60_000);
    const { leader, raftTerm } = at('cp-3').status();
    expect({ leader, raftTerm }).toEqual({ leader: before.leader, raftTerm: before.raftTerm });
    expect(cluster.node('cp-3').stage).toBe('RUNNING');
  });

  it('is none when two of three are gone; the survivor is unhealthy until one is back', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const survivor = cluster.node('cp-1').machine.state(services);
    cluster.node('cp-2').kill();
    expect(survivor.isUp('etcd')).toBe(true);
    cluster.node('cp-3').kill();
    expect(survivor.isRunning('etcd')).toBe(true);
    expect(survivor.find('etcd')?.health).toMatchObject({
      healthy: false,
      message: 'context deadline exceeded',
    });
    expect(at('cp-1').status()).toMatchObject({ leader: 0n, errors: ['etcdserver: no leader'] });
    cluster.node('cp-2').powerOn();
    await clock.advance(60_000);
    expect(survivor.isUp('etcd')).toBe(true);
    expect(at('cp-1').status().leader).not.toBe(0n);
  });
});

describe('the log of an etcd cluster', () => {
  it('moves with the clock, and stands still without a leader', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const indexes: bigint[] = [];
    const look = () => indexes.push(at('cp-1').status().raftIndex);
    look();
    await clock.advance(10_000);
    look();
    cluster.node('cp-2').kill();
    cluster.node('cp-3').kill();
    look();
    await clock.advance(HOUR_MS);
    look();
    cluster.node('cp-2').powerOn();
    await clock.advance(60_000);
    look();
    const [first = 0n, second = 0n, third = 0n, fourth = 0n, fifth = 0n] = indexes;
    expect(second).toBeGreaterThan(first);
    expect(fourth).toBe(third);
    // The hour without a leader left no entries.
    expect(fifth).toBeGreaterThan(fourth);
    expect(fifth - fourth).toBeLessThan(1000n);
  });

  it('takes no more keys while space is short', async () => {
    const { clock, at } = await etcdCluster();
    const revision = () => at('cp-1').membership?.etcd.viewOf(idOf(at('cp-1'))).position.revision;
    at('cp-2').raiseAlarm('NOSPACE');
    const before = revision();
    await clock.advance(HOUR_MS);
    expect(revision()).toBe(before);
    at('cp-1').membership?.etcd.disarm();
    await clock.advance(10_000);
    expect(revision()).toBeGreaterThan(before ?? 0n);
  });
});

describe('an alarm', () => {
  it('of a member that is removed goes with it, and keys are written again', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const view = () => at('cp-1').membership?.etcd.viewOf(idOf(at('cp-1')));
    at('cp-3').raiseAlarm('NOSPACE');
    at('cp-3').raiseAlarm('NOSPACE');
    expect(view()?.alarms).toEqual([{ memberId: idOf(at('cp-3')), alarm: 'NOSPACE' }]);
    cluster.node('cp-3').kill();
    at('cp-1').membership?.etcd.remove(idOf(at('cp-3')));
    expect(view()?.alarms).toEqual([]);
    const before = view()?.position.revision ?? 0n;
    await clock.advance(10_000);
    expect(view()?.position.revision).toBeGreaterThan(before);
  });

  it('about damaged data makes all members unhealthy, one about space none', async () => {
    const { cluster, at } = await etcdCluster();
    const isUp = (name: string) => cluster.node(name).machine.state(services).isUp('etcd');
    at('cp-1').raiseAlarm('NOSPACE');
    expect(isUp('cp-1')).toBe(true);
    at('cp-1').raiseAlarm('CORRUPT');
    expect([isUp('cp-1'), isUp('cp-2')]).toEqual([false, false]);
    expect(at('cp-2').problem()).toBe('etcdserver: corrupt cluster');
    at('cp-2').membership?.etcd.disarm();
    expect([isUp('cp-1'), isUp('cp-2')]).toEqual([true, true]);
  });
});

describe('the health of the cluster', () => {
  it('waits for etcd while there is no quorum, and goes on when it is back', async () => {
    const { clock, cluster } = await etcdCluster();
    const health = (name: string, waitMs: number) =>
      clusterOf(cluster.client({ endpoint: name }).node(name)).healthCheck({
        waitTimeout: fromMs(waitMs),
      });
    cluster.node('cp-2').kill();
    cluster.node('cp-3').kill();
    const stream = health('cp-1', 600_000);
    await stream.next();
    expect((await stream.next()).value?.message).toBe(
      'waiting for etcd to be healthy: 10.5.0.2: service is not healthy: etcd',
    );
    cluster.node('cp-2').powerOn();
    cluster.node('cp-3').powerOn();
    const lines: string[] = [];
    const done = (async () => {
      for await (const { message } of stream) lines.push(message);
    })();
    await clock.advance(60_000);
    await done;
    expect(lines).toContain('waiting for etcd to be healthy: OK');
    expect(lines.at(-1)).toContain('schedulable: OK');
  });
});

describe('a partition', () => {
  it('leaves the majority a leader, and the minority what it knew before', async () => {
    const { clock, cluster, at } = await etcdCluster();
    cluster.partition(['cp-1'], ['cp-2', 'cp-3']);
    const alone = at('cp-1').status();
    expect(alone.leader).toBe(0n);
    expect([idOf(at('cp-2')), idOf(at('cp-3'))]).toContain(at('cp-2').status().leader);
    await clock.advance(60_000);
    expect(at('cp-1').status().raftIndex).toBe(alone.raftIndex);
    expect(at('cp-2').status().raftIndex).toBeGreaterThan(alone.raftIndex);
    at('cp-2').membership?.etcd.remove(idOf(at('cp-1')));
    expect(namesAt(at('cp-1'))).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(namesAt(at('cp-2'))).toEqual(['cp-2', 'cp-3']);
  });

  it('answers callers of the minority with no leader, those of the majority with members', async () => {
    const { cluster } = await etcdCluster();
    cluster.partition(['cp-1'], ['cp-2', 'cp-3']);
    const ask = (name: string) => etcd(cluster.client({ endpoint: name }).node(name)).memberList();
    expect((await failure(ask('cp-1'))).message).toContain('etcdserver: no leader');
    expect((await ask('cp-2')).members).toHaveLength(3);
  });

  it('ends with one leader and one log when it is healed', async () => {
    const { cluster, at } = await etcdCluster();
    cluster.partition(['cp-1'], ['cp-2', 'cp-3']);
    const { leader } = at('cp-2').status();
    cluster.heal();
    for (const name of ['cp-1', 'cp-2', 'cp-3']) {
      expect(at(name).status().leader).toBe(leader);
      expect(at(name).problem()).toBeUndefined();
    }
    expect(at('cp-1').status().raftIndex).toBe(at('cp-2').status().raftIndex);
  });

  it('has a member that was removed meanwhile end when it hears of it', async () => {
    const { clock, cluster, at } = await etcdCluster();
    const state = cluster.node('cp-1').machine.state(services);
    const { pid } = state.find('etcd') ?? {};
    cluster.partition(['cp-1'], ['cp-2', 'cp-3']);
    at('cp-2').membership?.etcd.remove(idOf(at('cp-1')));
    expect(state.isRunning('etcd')).toBe(true);
    cluster.heal();
    expect(state.find('etcd')).toMatchObject({ state: 'Waiting', pid: undefined });
    await clock.advance(60_000);
    expect(state.find('etcd')?.pid).not.toBe(pid);
    expect(state.isUp('etcd')).toBe(false);
    expect(namesAt(at('cp-3'))).toEqual(['cp-2', 'cp-3']);
  });
});

describe('the resource that names the member of a node', () => {
  const member = { namespace: 'etcd', type: 'EtcdMembers.etcd.talos.dev', id: 'local' };

  it('has its id in hexadecimal digits while the member is healthy, and is gone otherwise', async () => {
    const { cluster, at } = await etcdCluster();
    const client = resources(cluster.client({ endpoint: 'cp-1' }).node('cp-1'));
    const { resource } = await client.get(member);
    const text = idOf(at('cp-1')).toString(16).padStart(16, '0');
    expect(resource?.spec?.yamlSpec).toContain(text);
    cluster.node('cp-2').kill();
    cluster.node('cp-3').kill();
    expect(await failure(client.get(member))).toMatchObject({ status: 'not-found' });
  });
});
