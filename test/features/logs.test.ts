import { ManualClock } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { containers } from '../../generated/features/containers.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { rpcName } from '../../src/runtime/method.js';
import { collect, text } from '../../src/runtime/streams/collect.js';
import { lines, records } from '../../src/runtime/streams/lines.js';
import type { Target } from '../../src/runtime/target.js';
import { dmesg as dmesgOf } from '../../testkit/src/topics/logs/dmesg.js';
import { logs as logsOf } from '../../testkit/src/topics/logs/logs.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();
const everything = { namespace: 'system', tailLines: -1 } as const;

/** A cluster in which time stands still: nothing is logged but what the test has logged. */
async function started() {
  const clock = new ManualClock();
  const cluster = covered(await tlsCluster({ workers: 1, clock }));
  const node = cluster.node('cp-1');
  const target = cluster.client().node('10.5.0.2');
  return { clock, cluster, node, target, log: node.machine.state(logsOf) };
}

/** The id of a container of the API server. */
async function apiServer(target: Target, driver: 'CRI' | 'CONTAINERD'): Promise<string> {
  const { containers: list } = await containers(target).list({ namespace: 'k8s.io', driver });
  const id = list.find(({ name }) => name === 'kube-apiserver')?.id;
  if (id === undefined) throw new Error('there is no API server');
  return id;
}

describe('logs', () => {
  it('gives all of a service, or its last lines, or none', async () => {
    const { target } = await started();
    const client = logs(target);
    const all = await text(client.logs({ ...everything, id: 'apid' }));
    const whole = all.split('\n');
    expect(whole.length).toBeGreaterThan(10);
    expect(whole.at(-1)).toBe('');
    expect(await text(client.logs({ ...everything, id: 'apid', tailLines: 3 }))).toBe(
      whole.slice(-4).join('\n'),
    );
    expect(await text(client.logs({ ...everything, id: 'apid', tailLines: 100_000 }))).toBe(all);
    expect(await text(client.logs({ ...everything, id: 'apid', tailLines: 0 }))).toBe('');
  });

  it('comes in chunks of at most 1 KiB that are cut anywhere, which lines joins again', async () => {
    const { target, log } = await started();
    const written = [`x${'é'.repeat(700)}`, '', '€ 5', '🚀'.repeat(300)];
    for (const line of written) log.write('apid', line);
    const request = { ...everything, id: 'apid', tailLines: 4 };
    const chunks = await collect(logs(target).logs(request));
    expect(chunks.every(({ length }) => length <= 1024)).toBe(true);
    expect(chunks.length).toBeGreaterThan(2);
    const broken = chunks.map((chunk) => new TextDecoder().decode(chunk)).join('');
    expect(broken).toContain('\ufffd');
    expect(await collect(lines(logs(target).logs(request)))).toEqual(written);
  });

  it('goes on with what is written while the caller follows, until he leaves', async () => {
    const { cluster, target, log } = await started();
    log.write('apid', 'before');
    const request = { ...everything, id: 'apid', tailLines: 1, follow: true };
    const seen: string[] = [];
    for await (const line of lines(logs(target).logs(request))) {
      seen.push(line);
      log.write('apid', `after ${line}`);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['before', 'after before', 'after after before']);
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === rpcName(logsMethods.logs) && outcome === 'cancelled',
    );
  });

  it('follows from now on without old lines when none are asked for', async () => {
    const { clock, cluster, target } = await started();
    const stream = lines(
      logs(target).logs({ ...everything, id: 'apid', tailLines: 0, follow: true }),
    );
    const first = stream.next();
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    await clock.advance(300_000);
    expect((await first).value).toMatch(/unary Success$/);
    await stream.return();
  });

  it('gives several services and nodes at a time, each its own', async () => {
    const { cluster } = await started();
    for (const { name, machine } of cluster.nodes) {
      for (const id of ['apid', 'kubelet']) machine.state(logsOf).write(id, `${id} on ${name}`);
    }
    const results = await cluster
      .client()
      .nodes()
      .each((node) =>
        Promise.all(
          ['apid', 'kubelet'].map((id) =>
            text(logs(node).logs({ namespace: 'system', id, tailLines: 1 })),
          ),
        ),
      );
    expect(results.map((result) => (result.ok ? result.value : result.error)).sort()).toEqual([
      ['apid on cp-1\n', 'kubelet on cp-1\n'],
      ['apid on worker-1\n', 'kubelet on worker-1\n'],
    ]);
  });

  it('knows the kubelet in any namespace', async () => {
    const { target, log } = await started();
    log.write('kubelet', 'here I am');
    for (const namespace of ['', 'k8s.io', 'system']) {
      const stream = logs(target).logs({ namespace, id: 'kubelet', tailLines: 1 });
      expect(await text(stream)).toBe('here I am\n');
    }
  });

  it('gives those of containers as their runtime keeps them, by the id of either driver', async () => {
    const { target } = await started();
    const read = async (driver: 'CRI' | 'CONTAINERD') =>
      text(
        logs(target).logs({
          namespace: 'k8s.io',
          driver,
          id: await apiServer(target, driver),
          tailLines: -1,
        }),
      );
    const content = await read('CRI');
    const times = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [FP] /;
    for (const line of content.trimEnd().split('\n')) expect(line).toMatch(times);
    expect(content).toContain('Serving securely on [::]:6443');
    expect(await read('CONTAINERD')).toBe(content);
  });

  it('ends well when the node goes down in order', async () => {
    const cluster = covered(await tlsCluster());
    const target = cluster.client().node('10.5.0.2');
    const stream = lines(logs(target).logs({ ...everything, id: 'machined', follow: true }));
    await stream.next();
    const seen: string[] = [];
    const over = (async () => {
      for await (const line of stream) seen.push(line);
    })();
    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    await over;
    expect(seen.join('\n')).toContain('reboot sequence: starting');
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === rpcName(logsMethods.logs) && outcome === 'ok',
    );
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    const client = logs(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(client.logs({ ...everything, id: 'apid' }).next());
  });

  it('ends at the deadline of the caller, and when he gives up', async () => {
    const { node, target } = await started();
    await expectDeadline(node, logsMethods.logs, (options) =>
      logs(target)
        .logs({ ...everything, id: 'apid' }, options)
        .next(),
    );
    await expectCancelled(node, logsMethods.logs, (options) =>
      logs(target)
        .logs({ ...everything, id: 'apid' }, options)
        .next(),
    );
  });

  it('fails for a log that nobody wrote', async () => {
    const { target } = await started();
    const error = await failureOf(
      logs(target)
        .logs({ ...everything, id: 'nginx' })
        .next(),
    );
    expect(error).toMatchObject({ status: 'unknown', node: '10.5.0.2' });
    expect(error.message).toContain('"nginx" was not registered');
  });

  it('fails for a place where there are no containers, and for containers without a log', async () => {
    const { target } = await started();
    const client = logs(target);
    const failure = (request: Parameters<typeof client.logs>[0]) =>
      failureOf(client.logs(request).next());
    const tailLines = -1;
    expect(await failure({ namespace: '', id: 'apid', tailLines })).toMatchObject({
      status: 'invalid-argument',
    });
    expect(
      await failure({ namespace: 'k8s.io', id: 'kube-system/none:none', driver: 'CRI', tailLines }),
    ).toMatchObject({ status: 'unknown' });
    const id = await apiServer(target, 'CRI');
    const sandbox = await failure({
      namespace: 'k8s.io',
      id: id.slice(0, id.indexOf(':')),
      driver: 'CRI',
      tailLines,
    });
    expect(sandbox).toMatchObject({ status: 'unknown', reason: 'no log available' });
  });
});

describe('dmesg', () => {
  it('gives one record a message, with facility, priority and time', async () => {
    const { node, target } = await started();
    const chunks = await collect(logs(target).dmesg());
    expect(chunks).toHaveLength(node.machine.state(dmesgOf).records.length);
    for (const chunk of chunks) {
      expect(new TextDecoder().decode(chunk)).toMatch(
        /^(kern|user|daemon): [ a-z]{7}: \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\]: /,
      );
    }
    expect(new TextDecoder().decode(chunks[0])).toContain('Linux version ');
  });

  it('keeps records of several lines whole', async () => {
    const { node, target } = await started();
    node.machine.state(dmesgOf).write('usb 1-1: new device\n SUBSYSTEM=usb\n DEVICE=c189:1');
    const last = (await collect(records(logs(target).dmesg()))).at(-1);
    expect(last).toMatch(
      /^kern: {4}info: .*: usb 1-1: new device\n SUBSYSTEM=usb\n DEVICE=c189:1$/,
    );
  });

  it('goes on with new records while the caller follows, from the end if he says so', async () => {
    const { clock, cluster, node, target } = await started();
    const kernel = node.machine.state(dmesgOf);
    const whole = records(logs(target).dmesg({ follow: true }));
    expect((await whole.next()).value).toContain('Linux version ');
    const fresh = records(logs(target).dmesg({ follow: true, tail: true }));
    const next = fresh.next();
    const isFresh = () => cluster.journal.of(logsMethods.dmesg).some((call) => call.request?.tail);
    await cluster.journal.waitFor(isFresh);
    // What the call set off has had its turn then.
    await clock.advance(1);
    kernel.write('EXT4-fs error (device sdb1)', { priority: 'err' });
    expect((await next).value).toMatch(/^kern: {5}err: .*EXT4-fs error \(device sdb1\)$/);
    for await (const record of whole) if (record.includes('EXT4-fs error')) break;
    await fresh.return();
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === rpcName(logsMethods.dmesg) && outcome === 'cancelled',
    );
  });

  it('tells what Talos does', async () => {
    const { target, node } = await started();
    const tail = records(logs(target).dmesg({ follow: true }));
    for await (const record of tail) if (record.includes('boot sequence: done')) break;
    expect(node.stage).toBe('RUNNING');
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(
      logs(cluster.client({ role: 'os:meta:writer' }))
        .dmesg()
        .next(),
    );
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, logsMethods.dmesg, (options) =>
      logs(target).dmesg({ follow: true }, options).next(),
    );
  });

  it('fails with the status that the node gives', async () => {
    const { node, target } = await started();
    const message = 'error opening /dev/kmsg reader: operation not permitted';
    node.fail(logsMethods.dmesg, 'unknown', { message });
    expect(await failureOf(logs(target).dmesg().next())).toMatchObject({
      status: 'unknown',
      reason: message,
    });
  });
});

describe('containers', () => {
  it('lists the logs of services and of the parts of Talos that are none', async () => {
    const { cluster, target, log } = await started();
    const { ids } = await logs(target).containers();
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(
      expect.arrayContaining(['apid', 'controller-runtime', 'dns-resolve-cache', 'etcd', 'kernel']),
    );
    for (const id of ids) {
      expect(await text(logs(target).logs({ ...everything, id })), id).not.toBe('');
    }
    log.write('ext-mine', 'started');
    expect((await logs(target).containers()).ids).toContain('ext-mine');
    const worker = await logs(cluster.client().node('10.5.0.3')).containers();
    expect(worker.ids).not.toContain('etcd');
  });

  it('is not known to releases before 1.7', async () => {
    const cluster = covered(await tlsCluster({ talosVersion: 'v1.6.8' }));
    expect(await failureOf(logs(cluster.client()).containers())).toMatchObject({
      status: 'unimplemented',
    });
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(logs(cluster.client({ role: 'os:meta:writer' })).containers());
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, logsMethods.containers, (options) =>
      logs(target).containers({}, options),
    );
  });
});
