import { createHash } from 'node:crypto';
import type { SimulatedNode } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { configuration } from '../../generated/features/configuration.js';
import { type EtcdMember, etcd, etcdMethods } from '../../generated/features/etcd.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { services } from '../../generated/features/services.js';
import { readMeta } from '../../testkit/src/topics/etcd/bolt.js';
import { etcdOn } from '../../testkit/src/topics/etcd/etcd-node.js';
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

async function started(controlPlanes = 3, workers = 0) {
  const cluster = covered(await tlsCluster({ controlPlanes, workers }));
  const talos = cluster.client();
  const at = (name: string) => etcd(cluster.client({ endpoint: name }).node(name));
  return { cluster, talos, node: cluster.node('cp-1'), client: at('cp-1'), at };
}

/** A cluster of three of which only cp-1 is left. */
async function withoutQuorum() {
  const made = await started();
  made.cluster.node('cp-2').kill();
  made.cluster.node('cp-3').kill();
  return made;
}

function named(members: readonly EtcdMember[], name: string): EtcdMember {
  const found = members.find(({ hostname }) => hostname === name);
  if (found === undefined) throw new Error(`there is no member ${name}`);
  return found;
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    expect(chunk.length).toBeLessThanOrEqual(1024);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

describe('memberList', () => {
  it('gives every member with its id of 64 bits, its name and its URLs', async () => {
    const { client, talos } = await started();
    const { members, legacyMembers } = await client.memberList();
    expect(members.map(({ hostname }) => hostname).sort()).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect([...legacyMembers].sort()).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(new Set(members.map(({ id }) => id)).size).toBe(3);
    expect(members.some(({ id }) => id > 2n ** 53n)).toBe(true);
    expect(named(members, 'cp-2')).toMatchObject({
      peerUrls: ['https://10.5.0.3:2380'],
      clientUrls: ['https://10.5.0.3:2379'],
      isLearner: false,
    });
    const others = await etcd(talos.node('10.5.0.4')).memberList({ queryLocal: true });
    expect(others.members).toEqual(members);
  });

  it('is refused to a role that only writes META, and ends at the deadline', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:meta:writer' })).memberList());
    await expectDeadline(node, etcdMethods.memberList, (options) => client.memberList({}, options));
  });

  it('fails without a quorum, and on workers', async () => {
    const { client } = await withoutQuorum();
    for (const queryLocal of [true, false]) {
      const error = await failureOf(client.memberList({ queryLocal }));
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain('etcdserver: no leader');
    }
    const { talos } = await started(1, 1);
    const worker = await failureOf(etcd(talos.node('10.5.0.3')).memberList());
    expect(worker).toMatchObject({ status: 'unimplemented' });
  });

  it('waits on a node whose etcd does not run, as the client of etcd in Talos does', async () => {
    const { client, node } = await started(1);
    const state = node.machine.state(servicesOf);
    state.stopService('etcd');
    await node.until(() => state.find('etcd')?.isDown === true);
    expect(await failureOf(client.memberList({}, { timeoutMs: 100 }))).toMatchObject({
      status: 'deadline-exceeded',
    });
    state.startService('etcd');
    expect((await client.memberList()).members).toHaveLength(1);
  });
});

describe('removeMemberById', () => {
  it('takes the member of a node that is gone out, and no other', async () => {
    const { cluster, client } = await started();
    cluster.node('cp-3').kill();
    const { members } = await client.memberList();
    await client.removeMemberById({ memberId: named(members, 'cp-3').id });
    const left = (await client.memberList()).members;
    expect(left).toEqual(members.filter(({ hostname }) => hostname !== 'cp-3'));
  });

  it('gives not-found for an id that is none, so that a repeat fails', async () => {
    const { cluster, client } = await started();
    cluster.node('cp-3').kill();
    const memberId = named((await client.memberList()).members, 'cp-3').id;
    await client.removeMemberById({ memberId });
    const error = await failureOf(client.removeMemberById({ memberId }));
    expect(error).toMatchObject({ status: 'not-found' });
    expect(error.message).toContain('etcdserver: member not found');
  });

  it('is refused to operators, and ends when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    const operator = etcd(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.removeMemberById({ memberId: 1n }));
    await expectCancelled(node, etcdMethods.removeMemberById, (options) =>
      client.removeMemberById({ memberId: 1n }, options),
    );
  });

  it('fails when the others could not go on without the member', async () => {
    const { cluster, client } = await started();
    cluster.node('cp-3').kill();
    const memberId = named((await client.memberList()).members, 'cp-2').id;
    const error = await failureOf(client.removeMemberById({ memberId }));
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('etcdserver: unhealthy cluster');
  });
});

describe('leaveCluster', () => {
  it('takes the node out, ends its etcd, and leaves it without data', async () => {
    const { cluster, client, at } = await started();
    await at('cp-3').leaveCluster({});
    const { members } = await client.memberList();
    expect(members.map(({ hostname }) => hostname).sort()).toEqual(['cp-1', 'cp-2']);
    const node = cluster.node('cp-3');
    expect(etcdOn(node.machine).hasData).toBe(false);
    expect(node.machine.state(servicesOf).find('etcd')?.state).toBe('Finished');
  });

  it('is refused to operators, and ends when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:operator' })).leaveCluster({}));
    await expectCancelled(node, etcdMethods.leaveCluster, (options) =>
      client.leaveCluster({}, options),
    );
    expect(etcdOn(node.machine).hasData).toBe(true);
  });

  it('fails for the last member', async () => {
    const { client } = await started(1);
    const error = await failureOf(client.leaveCluster({}));
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('not enough started members');
  });
});

describe('forfeitLeadership', () => {
  it('hands leadership to another member and names it', async () => {
    const { client } = await started();
    const before = (await client.status()).memberStatus;
    expect(before?.leader).toBe(before?.memberId);
    const { member } = await client.forfeitLeadership({});
    const { members } = await client.memberList();
    const after = (await client.status()).memberStatus;
    expect(after?.leader).toBe(named(members, member).id);
    expect(after?.raftTerm).toBe((before?.raftTerm ?? 0n) + 1n);
    // It leads no more, so that there is nothing to hand over.
    expect((await client.forfeitLeadership({})).member).toBe('');
  });

  it('is refused to operators, and ends when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:operator' })).forfeitLeadership({}));
    await expectCancelled(node, etcdMethods.forfeitLeadership, (options) =>
      client.forfeitLeadership({}, options),
    );
  });

  it('fails for a member that is alone', async () => {
    const { client } = await started(1);
    const error = await failureOf(client.forfeitLeadership({}));
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('only one member');
  });
});

describe('status', () => {
  it('tells versions, sizes, the leader and a log that moves', async () => {
    const { client, talos } = await started();
    const one = (await client.status()).memberStatus;
    expect(one).toMatchObject({
      protocolVersion: '3.7.1',
      storageVersion: '3.7.0',
      isLearner: false,
      errors: [],
    });
    expect(one?.dbSize).toBeGreaterThan(one?.dbSizeInUse ?? 0n);
    expect(one?.dbSizeInUse).toBeGreaterThan(2n * 1024n * 1024n);
    expect(one?.raftAppliedIndex).toBeLessThanOrEqual(one?.raftIndex ?? 0n);
    const { members } = await client.memberList();
    expect(one?.memberId).toBe(named(members, 'cp-1').id);
    const other = (await etcd(talos.node('10.5.0.3')).status()).memberStatus;
    expect(other?.memberId).toBe(named(members, 'cp-2').id);
    expect(other?.leader).toBe(one?.leader);
    expect(other?.raftIndex).toBeGreaterThanOrEqual(one?.raftIndex ?? 0n);
  });

  it('still answers without a quorum: it knows no leader, and says so', async () => {
    const { client, node } = await withoutQuorum();
    const state = node.machine.state(servicesOf);
    await node.until(() => state.find('etcd')?.health.healthy === false);
    const { memberStatus } = await client.status();
    expect(memberStatus).toMatchObject({ leader: 0n, errors: ['etcdserver: no leader'] });
  });

  it('is refused to a role that only writes META, and ends at the deadline', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:meta:writer' })).status());
    await expectDeadline(node, etcdMethods.status, (options) => client.status({}, options));
  });

  it('fails on workers', async () => {
    const { talos } = await started(1, 1);
    expect(await failureOf(etcd(talos.node('10.5.0.3')).status())).toMatchObject({
      status: 'unimplemented',
    });
  });
});

describe('alarmList and alarmDisarm', () => {
  it('show the alarms that are raised, in the status too, and take them back', async () => {
    const { client, node, at } = await started();
    expect((await client.alarmList()).memberAlarms).toEqual([]);
    etcdOn(node.machine).raiseAlarm('NOSPACE');
    const memberId = (await client.status()).memberStatus?.memberId ?? 0n;
    const raised = [{ memberId, alarm: 'NOSPACE' }];
    expect((await at('cp-2').alarmList()).memberAlarms).toEqual(raised);
    expect((await at('cp-2').status()).memberStatus?.errors).toEqual([
      `memberID:${memberId} alarm:NOSPACE `,
    ]);
    expect((await client.alarmDisarm({})).memberAlarms).toEqual(raised);
    expect((await client.alarmDisarm({})).memberAlarms).toEqual([]);
    expect((await client.alarmList()).memberAlarms).toEqual([]);
  });

  it('are refused to roles that may not, and end when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:meta:writer' })).alarmList());
    await expectRefused(etcd(cluster.client({ role: 'os:reader' })).alarmDisarm({}));
    await expectDeadline(node, etcdMethods.alarmList, (options) => client.alarmList({}, options));
    await expectCancelled(node, etcdMethods.alarmDisarm, (options) =>
      client.alarmDisarm({}, options),
    );
  });

  it('fail without a quorum', async () => {
    const { client } = await withoutQuorum();
    for (const call of [client.alarmList(), client.alarmDisarm({})]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain('etcdserver: request timed out');
    }
  });
});

describe('defragment', () => {
  it('gives the free pages of this member back', async () => {
    const { client, at } = await started(3);
    const before = (await client.status()).memberStatus;
    await client.defragment({});
    const after = (await client.status()).memberStatus;
    expect(after?.dbSize).toBeLessThan(before?.dbSize ?? 0n);
    const other = (await at('cp-2').status()).memberStatus;
    expect(other?.dbSize).toBeGreaterThanOrEqual(before?.dbSize ?? 0n);
  });

  it('is refused to readers, and ends when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    await expectRefused(etcd(cluster.client({ role: 'os:reader' })).defragment({}));
    await expectCancelled(node, etcdMethods.defragment, (options) =>
      client.defragment({}, options),
    );
  });

  it('fails on workers', async () => {
    const { talos } = await started(1, 1);
    expect(await failureOf(etcd(talos.node('10.5.0.3')).defragment({}))).toMatchObject({
      status: 'unimplemented',
    });
  });
});

describe('downgradeValidate, downgradeEnable and downgradeCancel', () => {
  it('take the cluster to the release before and back', async () => {
    const { client } = await started(1);
    const version = '3.6';
    const current = { clusterDowngrade: { clusterVersion: '3.7' } };
    expect(await client.downgradeValidate({ version })).toMatchObject(current);
    expect(await client.downgradeEnable({ version })).toMatchObject(current);
    const again = await failureOf(client.downgradeEnable({ version }));
    expect(again).toMatchObject({ status: 'unknown' });
    expect(again.message).toContain('downgrade job in progress');
    expect(await client.downgradeCancel({})).toMatchObject(current);
    expect(await client.downgradeValidate({ version })).toMatchObject(current);
  });

  it('are refused to operators, and end when the caller gives up', async () => {
    const { cluster, client, node } = await started(1);
    const operator = etcd(cluster.client({ role: 'os:operator' }));
    const request = { version: '3.6' };
    await expectRefused(operator.downgradeValidate(request));
    await expectRefused(operator.downgradeEnable(request));
    await expectRefused(operator.downgradeCancel({}));
    await expectDeadline(node, etcdMethods.downgradeValidate, (options) =>
      client.downgradeValidate(request, options),
    );
    await expectCancelled(node, etcdMethods.downgradeEnable, (options) =>
      client.downgradeEnable(request, options),
    );
    await expectCancelled(node, etcdMethods.downgradeCancel, (options) =>
      client.downgradeCancel({}, options),
    );
  });

  it.each([
    ['', 'version is required'],
    ['3', 'MAJOR.MINOR'],
    ['3.6.1', 'MAJOR.MINOR'],
    ['three.6', 'major version'],
    ['3.six', 'minor version'],
    ['3.4', '3.5 and later'],
  ])('fail for the version "%s"', async (version, text) => {
    const { client } = await started(1);
    for (const call of [
      client.downgradeValidate({ version }),
      client.downgradeEnable({ version }),
    ]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ status: 'invalid-argument' });
      expect(error.message).toContain(text);
    }
  });

  it('fail for a release that is not the one before, and without a downgrade to cancel', async () => {
    const { client } = await started(1);
    for (const version of ['3.5', '3.7', '4.0']) {
      const error = await failureOf(client.downgradeEnable({ version }));
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain('invalid downgrade target version');
    }
    const error = await failureOf(client.downgradeCancel({}));
    expect(error.message).toContain('no inflight downgrade job');
  });
});

describe('snapshot', () => {
  it('gives a database file and its SHA-256, of the size that the status tells', async () => {
    const { client } = await started(1);
    const bytes = await collected(client.snapshot());
    expect(bytes.length % 512).toBe(32);
    const file = bytes.subarray(0, -32);
    expect(createHash('sha256').update(file).digest()).toEqual(bytes.subarray(-32));
    expect(readMeta(file)?.pages).toBe(file.length / 4096);
    expect((await client.status()).memberStatus?.dbSize).toBeGreaterThanOrEqual(file.length);
  });

  it('is open to the role that backs etcd up, and refused to readers', async () => {
    const { cluster } = await started(1);
    const backup = etcd(cluster.client({ role: 'os:etcd:backup' }));
    expect((await backup.snapshot().next()).done).toBe(false);
    await expectRefused(
      etcd(cluster.client({ role: 'os:reader' }))
        .snapshot()
        .next(),
    );
  });

  it('still comes without a quorum', async () => {
    const { client } = await withoutQuorum();
    expect((await collected(client.snapshot())).length % 512).toBe(32);
  });

  it('ends when the caller leaves in the middle', async () => {
    const { cluster, client } = await started(1);
    for await (const _ of client.snapshot()) break;
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === etcdMethods.snapshot.path.slice(1) && outcome === 'cancelled',
    );
  });

  it('fails on workers', async () => {
    const { talos } = await started(1, 1);
    expect(await failureOf(etcd(talos.node('10.5.0.3')).snapshot().next())).toMatchObject({
      status: 'unimplemented',
    });
  });
});

describe('recover', () => {
  /** A control plane that waits for its bootstrap. */
  async function waiting() {
    const cluster = covered(await tlsCluster({ maintenance: true }));
    const node = cluster.node('cp-1');
    const data = Buffer.from(cluster.machineConfig({ type: 'controlplane' }));
    await configuration(cluster.client()).apply({ data, mode: 'AUTO' });
    await node.until(() => node.type !== undefined);
    const state = () => node.machine.state(servicesOf);
    await node.until(() => state().find('etcd')?.state === 'Preparing' && node.machine.isApiUp);
    const target = cluster.client().node('10.5.0.2');
    return { cluster, node, target };
  }

  function etcdState(node: SimulatedNode): string | undefined {
    return node.machine.state(servicesOf).find('etcd')?.state;
  }

  function* inChunks(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096);
  }

  it('takes a snapshot from which a bootstrap brings the same data back', async () => {
    const source = await started(1);
    const saved = await collected(source.client.snapshot());
    const { node, target } = await waiting();
    await etcd(target).recover(inChunks(saved));
    await lifecycle(target).bootstrap({ recoverEtcd: true });
    await node.untilStage('RUNNING');
    const again = await collected(etcd(target).snapshot());
    const [before, after] = [readMeta(saved), readMeta(again)];
    expect(after?.sequence).toBe(before?.sequence);
    expect(after?.transaction).toBeGreaterThanOrEqual(before?.transaction ?? 0n);
    const { members } = await etcd(target).memberList();
    expect(members).toHaveLength(1);
    expect(members).not.toEqual((await source.client.memberList()).members);
  });

  it('answers although the file is no snapshot: the service tells, and may be tried again', async () => {
    const source = await started(1);
    const saved = await collected(source.client.snapshot());
    const { node, target } = await waiting();
    const damaged = Buffer.from(saved);
    damaged.writeUInt8((saved[100_000] ?? 0) ^ 1, 100_000);
    await etcd(target).recover(inChunks(damaged));
    await lifecycle(target).bootstrap({ recoverEtcd: true });
    await node.until(() => etcdState(node) === 'Failed');
    const list = (await services(target).list()).services;
    const events = list.find(({ id }) => id === 'etcd')?.events?.events ?? [];
    expect(events.at(-1)?.msg).toContain('error recovering from the snapshot: expected sha256');
    await etcd(target).recover(inChunks(saved));
    await lifecycle(target).bootstrap({ recoverEtcd: true });
    await node.untilStage('RUNNING');
  });

  it('is refused to operators, and leaves nothing behind when the caller gives up', async () => {
    const { cluster, node, target } = await waiting();
    const operator = etcd(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.recover([Buffer.alloc(1)]));
    const caller = new AbortController();
    const rpc = etcdMethods.recover.path.slice(1);
    async function* chunks() {
      yield Buffer.alloc(1024);
      await cluster.journal.waitFor((seen) => seen.rpc === rpc && seen.requests === 1);
      caller.abort(new Error('enough'));
      yield Buffer.alloc(1024);
    }
    await expect(etcd(target).recover(chunks(), { signal: caller.signal })).rejects.toThrow(
      'enough',
    );
    await cluster.journal.waitFor((seen) => seen.rpc === rpc && seen.outcome === 'cancelled');
    expect(etcdOn(node.machine).upload).toBeUndefined();
  });

  it('fails on workers', async () => {
    const { talos } = await started(1, 1);
    const error = await failureOf(etcd(talos.node('10.5.0.3')).recover([Buffer.alloc(1)]));
    expect(error).toMatchObject({ status: 'unimplemented' });
  });
});
