import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { existing } from '../../../examples/console/clusters.js';
import type { Message } from '../../../examples/console/protocol.js';
import { ConsoleServer } from '../../../examples/console/server.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { resourcesMethods } from '../../../generated/features/resources.js';
import { clusterWithFile } from '../support.js';
import { act, addressOf, Look, served, tokenOf } from './support.js';

const worker = '10.5.0.3';

describe('a look at the console', { timeout: 120_000 }, () => {
  it('shows each node with its stage, release, services and numbers, and etcd', async () => {
    const { server } = await served();
    const look = await Look.at(server);
    const has = (name: string) => look.node(name)?.stage === 'running';
    const numbers = () => look.samples.some(({ sample }) => sample.cpu !== undefined);
    const etcd = () => look.etcd.members.length === 1;
    await look.until(() => has('cp-1') && has('worker-1') && numbers() && etcd());
    expect(look.node('worker-1')).toMatchObject({
      address: worker,
      type: 'worker',
      version: 'v1.14.0',
      link: 'up',
      ready: true,
      unmet: [],
      problems: [],
    });
    expect(look.node('worker-1')?.services).toContainEqual({
      id: 'kubelet',
      state: 'Running',
      health: 'healthy',
    });
    const { sample } = look.samples.at(-1) ?? {};
    expect(sample?.memoryUsed).toBeGreaterThan(2 ** 29);
    expect(sample?.memoryTotal).toBeLessThan(2 ** 33);
    expect(look.etcd).toMatchObject({ members: [{ name: 'cp-1', role: 'leader', errors: [] }] });
    const told = look.events.filter(({ kind }) => kind === 'told');
    expect(told.map(({ text }) => text)).toContain('stage RUNNING, ready');
    expect(told.map(({ at }) => at)).toEqual(told.map(({ at = 0 }) => at).sort((a, b) => a - b));
  });

  it('follows a reboot to its end', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 2 });
    const look = await Look.at(server, `?service=kubelet&node=${worker}`);
    await look.until(() => look.node('worker-1')?.stage === 'running');
    const stages = new Set<string | undefined>();
    expect(await act(server, 'reboot', { nodes: [worker] })).toMatchObject({ status: 202 });
    await look.until(() => {
      stages.add(look.node('worker-1')?.stage);
      return look.run?.endedAt !== undefined && look.node('worker-1')?.link === 'up';
    });
    expect(look.run).toMatchObject({ operation: 'reboot', state: 'done' });
    const [row] = look.run?.nodes ?? [];
    expect(row).toMatchObject({ address: worker, state: 'done' });
    const steps = row?.steps ?? [];
    const expected = ['roll', 'cordon', 'drain', 'send', 'ready', 'uncordon'];
    expect(steps.filter((step) => expected.includes(step))).toEqual(expected);
    await look.until(() => stages.add(look.node('worker-1')?.stage) && stages.has('running'));
    expect(stages).toContain('rebooting');
    expect(machines.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
    await look.until(() => look.lines.some(({ text }) => text === 'was rebooted'));
    const marks = look.events.filter(({ kind, node }) => kind === 'mark' && node === worker);
    expect(marks.map(({ text }) => text.split(':')[0])).toContain('was rebooted');
  });

  it('follows an upgrade, and tells why one fails', async () => {
    const { server } = await served();
    const look = await Look.at(server);
    const image = 'ghcr.io/siderolabs/installer:v1.14.1';
    await act(server, 'upgrade', { nodes: [worker], image });
    await look.until(() => look.node('worker-1')?.version === 'v1.14.1');
    await look.until(() => look.run?.endedAt !== undefined);
    expect(look.run).toMatchObject({ state: 'done', image });
    await act(server, 'upgrade', { nodes: [worker], image: 'example.org/installer' });
    await look.until(() => look.run?.image !== image && look.run?.endedAt !== undefined);
    expect(look.run).toMatchObject({ state: 'failed', nodes: [{ state: 'left', steps: [] }] });
    expect(look.run?.error).toContain('since the tag of the image is no release');
  });

  it('begins nothing while a node does not answer, and names it', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 2 });
    machines.node('worker-2').disconnect();
    const look = await Look.at(server);
    await act(server, 'reboot', { nodes: [worker, '10.5.0.4'] });
    await look.until(() => look.run?.endedAt !== undefined);
    expect(look.run).toMatchObject({
      state: 'failed',
      nodes: [
        { address: worker, state: 'left', steps: [] },
        { address: '10.5.0.4', state: 'failed', steps: [] },
      ],
    });
    expect(look.run?.error).toMatch(/^rollingReboot of 10\.5\.0\.4: plan: /);
    expect(machines.journal.of(lifecycleMethods.reboot)).toEqual([]);
  });

  it('takes one operation at a time, and stops it when it is told to', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 2 });
    machines.node('worker-1').stall(lifecycleMethods.reboot);
    const look = await Look.at(server);
    await act(server, 'reboot', { nodes: [worker] });
    expect(await act(server, 'reboot', { nodes: [worker] })).toMatchObject({
      status: 409,
      body: '{"error":"another operation is under way"}',
    });
    await look.until(() => look.run?.nodes[0]?.steps.includes('send') === true);
    expect(await act(server, 'stop', {})).toMatchObject({ status: 202 });
    await look.until(() => look.run?.endedAt !== undefined);
    expect(look.run).toMatchObject({ state: 'stopped', nodes: [{ state: 'stopped' }] });
    // What it had prepared is taken back.
    const [node] = machines.kubernetes.nodes.filter(({ name }) => name === 'worker-1');
    expect(node).toMatchObject({ unschedulable: false });
  });

  it('tells that a node is cut off, and that it is back', async () => {
    const { server } = await served();
    const look = await Look.at(server);
    await look.until(() => look.node('worker-1')?.link === 'up');
    await act(server, 'cut', { node: worker });
    await look.until(() => look.node('worker-1')?.link === 'lost');
    expect(look.node('worker-1')).toMatchObject({ stage: 'running' });
    expect(look.node('worker-1')?.why).toMatch(/^unavailable: /);
    expect(look.node('cp-1')?.link).toBe('up');
    // Nothing is made up where nothing is known.
    const gap = () => look.samples.filter(({ node }) => node === worker).at(-1)?.sample;
    await look.until(() => gap()?.memoryUsed === undefined);
    await act(server, 'connect', { node: worker });
    await look.until(() => look.node('worker-1')?.link === 'up');
    await look.until(() => gap()?.cpu !== undefined);
    const marks = () => look.events.filter(({ kind, node }) => kind === 'mark' && node === worker);
    await look.until(() => marks().length >= 2);
    expect(marks()[0]?.text).toMatch(/^connection lost: /);
    expect(marks()[1]?.text).toBe('connected again');
  });

  it('tells what a role may not see, and shows the rest', async () => {
    const { machines, server } = await served();
    machines.node('worker-1').fail(resourcesMethods.watch, 'permission-denied');
    const look = await Look.at(server);
    await look.until(() => (look.node('worker-1')?.problems.length ?? 0) > 0);
    expect(look.node('worker-1')?.problems).toEqual([
      expect.stringMatching(/^stage: permission-denied: /),
    ]);
    await look.until(() => look.node('worker-1')?.version === 'v1.14.0');
  });

  it('shows all of it to somebody who may only read, and calls nothing that acts', async () => {
    const { cluster: machines, talosconfig } = await clusterWithFile({ controlPlanes: 1 });
    await machines.writeTalosconfig(talosconfig, { role: 'os:reader' });
    const options = { talosconfig, context: undefined, nodes: undefined, allowActions: false };
    await using cluster = await existing(options);
    await using server = await ConsoleServer.start(cluster, { lingerMs: 0 });
    const look = await Look.at(server, '?service=kubelet');
    await look.until(
      () => look.lines.length > 0 && look.samples.length > 1 && look.etcd.members.length > 0,
    );
    await look.until(() => look.node('cp-1')?.ready === true && look.events.length > 0);
    expect(look.node('cp-1')).toMatchObject({ problems: [], type: 'controlplane' });
    const called = new Set(machines.journal.calls.map(({ rpc }) => rpc.replace(/.*\//, '')));
    expect([...called].sort()).toEqual([
      'EtcdMemberList',
      'EtcdStatus',
      'Events',
      'Get',
      'Hostname',
      'Logs',
      'Memory',
      'ServiceList',
      'SystemStat',
      'Version',
      'Watch',
    ]);
  });

  it('shares one set of watches, and ends them when the last browser has gone', async () => {
    const { machines, server } = await served();
    const looks = [await Look.at(server), await Look.at(server)];
    for (const look of looks) await look.until(() => look.node('worker-1')?.stage === 'running');
    const watches = machines.journal.of(resourcesMethods.watch, 'worker-1');
    expect(watches).toHaveLength(1);
    looks[0]?.close();
    await looks[1]?.until(() => server.feeds.size === 1);
    expect(watches[0]?.outcome).toBeUndefined();
    looks[1]?.close();
    await machines.journal.waitFor((call) => call === watches[0] && call.outcome !== undefined);
    expect(server.state.source.isRunning).toBe(false);
    // Whoever comes later finds all of it again.
    const later = await Look.at(server);
    await later.until(() => later.node('worker-1')?.link === 'up');
  });

  it('follows a log as long as anybody reads it', async () => {
    const { machines, server } = await served();
    const look = await Look.at(server, `?service=kubelet&node=${worker}`);
    await look.until(() => look.lines.length > 0);
    machines.node('worker-1').logs.write('kubelet', 'something happened');
    await look.until(() => look.lines.at(-1)?.text === 'something happened');
    const other = await Look.at(server, '?service=none');
    await other.until(() => other.lines.length === 2);
    expect(other.lines).toMatchObject([{ kind: 'mark' }, { kind: 'mark' }]);
    expect(server.state.logs).toBe(2);
    other.close();
    await look.until(() => server.state.logs === 1);
  });

  it('takes no memory for a browser that does not read, and tells it what was left out', async () => {
    const { machines, server } = await served();
    const { host, port } = addressOf(server);
    const socket = connect({ host, port });
    const { authorization } = tokenOf(server);
    const path = `/live?service=kubelet&node=${worker}`;
    socket.pause();
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: ${host}:${port}\r\nauthorization: ${authorization}\r\n\r\n`,
    );
    const look = await Look.at(server);
    await look.until(() => server.feeds.size === 2);
    const [slow] = server.feeds;
    const { logs } = machines.node('worker-1');
    let highest = 0;
    while (slow?.missed === 0) {
      logs.write('kubelet', Array(10).fill('x'.repeat(1_900)).join('\n'));
      highest = Math.max(highest, slow.waiting);
      await turn();
    }
    expect(highest).toBeLessThanOrEqual(256);
    expect(slow?.waiting).toBe(0);
    const types: Message['type'][] = [];
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const type = /data: \{"type":"(\w+)"/.exec(event)?.[1] as Message['type'] | undefined;
        if (type !== undefined) types.push(type);
      }
      if (types.includes('missed') && types.at(-1) !== 'missed') break;
    }
    const missed = types.indexOf('missed');
    expect(types[missed + 1]).toBe('state');
    socket.destroy();
  });
});
