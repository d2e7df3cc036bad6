import { describe, expect, it, vi } from 'vitest';
import { etcd, etcdMethods } from '../../../generated/features/etcd.js';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { callUnary } from '../../../src/runtime/call.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { serverMethods } from '../../../testkit/generated/methods.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';
import { ManualClock, sleep } from '../../../testkit/src/base/time/clock.js';
import { resourceKinds } from '../../../testkit/src/topics/cosi/kinds/index.js';
import { callAny } from '../any-method.js';
import { failure, startCluster, transports } from '../support.js';

// Talos: apid passes calls on to one node, byte for byte.
describe.each(transports)('a call for one node, over %s', (transport) => {
  it('is served by the endpoint itself without a node', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client({ endpoint: 'cp-2' });
    expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-2' });
  });

  it('is passed on by a control plane, by address or host name', async () => {
    const cluster = await startCluster({ controlPlanes: 2, workers: 1, transport });
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    expect(await system(talos.node('10.5.0.3')).hostname()).toMatchObject({ hostname: 'cp-2' });
    expect(await system(talos.node('worker-1')).hostname()).toMatchObject({ hostname: 'worker-1' });
  });

  it('carries no metadata of the node in its reply', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const reply = await system(cluster.client().node('10.5.0.3')).hostname();
    expect(reply.metadata).toBeUndefined();
  });

  it('keeps the roles of the caller', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client({ role: 'os:reader', endpoint: 'cp-1' });
    expect(await system(talos.node('10.5.0.3')).hostname()).toMatchObject({ hostname: 'cp-2' });
    const refused = await failure(etcd(talos.node('10.5.0.3')).defragment({}));
    expect(refused).toMatchObject({ status: 'permission-denied', reason: 'not authorized' });
  });

  it('keeps the details of an error and the trailers of the node', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    cluster.node('cp-2').on(systemMethods.hostname, () => {
      throw new ServerStatus('failed-precondition', 'nicht bereit: ü', {
        details: [{ type: 'google.rpc.RequestInfo', value: Uint8Array.of(10, 1, 65) }],
        trailers: { 'x-reason': 'testing' },
      });
    });
    const error = await failure(system(cluster.client().node('10.5.0.3')).hostname());
    expect(error).toMatchObject({
      status: 'failed-precondition',
      reason: 'nicht bereit: ü',
      metadata: { 'x-reason': ['testing'] },
    });
    expect(error).toMatchObject({ details: [{ kind: 'request-info', requestId: 'A' }] });
  });

  it('is refused by a worker, unless it is for the worker itself', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client({ endpoint: 'worker-1' });
    const refused = await failure(system(talos.node('10.5.0.2')).hostname());
    expect(refused).toMatchObject({
      status: 'permission-denied',
      reason: 'no request forwarding',
    });
    for (const own of ['10.5.0.3', 'worker-1']) {
      expect(await system(talos.node(own)).hostname()).toMatchObject({ hostname: 'worker-1' });
    }
  });

  it('is refused by a worker that is asked for its loopback, which is none of its names', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client({ endpoint: 'worker-1' });
    for (const loopback of ['127.0.0.1', '::1', 'localhost']) {
      expect(await failure(system(talos.node(loopback)).hostname())).toMatchObject({
        status: 'permission-denied',
        reason: 'no request forwarding',
      });
    }
  });

  it('is served by a worker under the full name that it shows, and the addresses of pods', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const worker = cluster.node('worker-1');
    const name = { hostname: 'worker-1', domainname: 'example.org' };
    worker.resources.put(resourceKinds.hostnameStatus, 'hostname', name);
    const talos = cluster.client({ endpoint: 'worker-1' });
    for (const own of ['worker-1.example.org', '10.244.1.1']) {
      expect(await system(talos.node(own)).hostname()).toMatchObject({ hostname: 'worker-1' });
    }
  });

  it('tells the node that serves it what the caller dialled', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    let seen: ReadonlyMap<string, unknown> = new Map();
    cluster.node('cp-2').on(systemMethods.hostname, ({ metadata }) => {
      seen = metadata;
      return {};
    });
    await system(cluster.client({ endpoint: 'cp-1' }).node('10.5.0.3')).hostname();
    expect(seen.get('proxyfrom')).toEqual([cluster.node('cp-1').endpoint]);
  });

  it('dials IPv6 addresses, with brackets or without, and names them in brackets', async () => {
    const cluster = await startCluster({ transport });
    const talos = cluster.client({ retry: false });
    for (const node of ['fd00::1', '[fd00::1]']) {
      const call = callUnary(talos, systemMethods.hostname, {}, { metadata: { node } });
      expect(await failure(call)).toMatchObject({
        status: 'unavailable',
        reason: expect.stringContaining('dial tcp [fd00::1]:50000: connect: no route to host'),
      });
    }
  });

  it('goes on over the connection between the nodes when the other one gets a new certificate', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ controlPlanes: 2, transport, clock });
    const [node, talos] = [
      cluster.node('cp-2'),
      cluster.client({ endpoint: 'cp-1', retry: false }),
    ];
    const call = () => system(talos.node('10.5.0.3')).hostname();
    await call();
    node.useCertificate('expired');
    expect(await call()).toMatchObject({ hostname: 'cp-2' });
    await clock.advance(14 * 60_000);
    await call();
    await clock.advance(14 * 60_000);
    expect(await call()).toMatchObject({ hostname: 'cp-2' });
    await clock.advance(15 * 60_000);
    expect((await failure(call())).message).toContain('certificate has expired');
    node.useCertificate();
    await call();
    node.useCertificate('wrong-name');
    node.disconnect();
    node.connect();
    expect((await failure(call())).message).toContain('valid for other names');
  });

  it('is refused when the target has a port or is empty', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client();
    for (const node of ['10.5.0.3:50000', '[fd00::1]:50000', 'cp-2:50000', '']) {
      const call = callUnary(talos, systemMethods.hostname, {}, { metadata: { node } });
      const error = await failure(call);
      expect(error).toMatchObject({ status: 'internal' });
      expect(error.message).toContain('invalid target');
    }
  });

  it('is unavailable when there is no such node, or no way to it', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    cluster.node('cp-2').kill();
    cluster.partition(['cp-1'], ['10.5.0.4']);
    for (const node of ['10.5.0.99', 'nobody', '10.5.0.3', '10.5.0.4']) {
      expect(await failure(system(talos.node(node)).hostname())).toMatchObject({
        status: 'unavailable',
      });
    }
    cluster.heal();
    expect(await system(talos.node('10.5.0.4')).hostname()).toMatchObject({ hostname: 'cp-3' });
  });

  it('waits for a node that takes connections and says nothing as long as its caller, or 20 s', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ controlPlanes: 2, transport, clock });
    cluster.node('cp-2').refuse('silent');
    const talos = cluster
      .client({ endpoint: 'cp-1', timeoutMs: 'none', retry: false })
      .node('10.5.0.3');
    // The deadlines of clients pass on the clock of the cluster in memory, else on their own.
    const impatient = failure(system(talos).hostname({}, { timeoutMs: 200 }));
    await clock.advance(200);
    expect(await impatient).toMatchObject({ status: 'deadline-exceeded' });
    const patient = failure(system(talos).hostname());
    let error: unknown;
    void patient.then((reason) => {
      error = reason;
    });
    // Over TLS the call takes a moment to get there.
    await vi.waitUntil(async () => {
      await clock.advance(20_000);
      return error !== undefined;
    });
    expect(error).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('dial tcp 10.5.0.3:50000: i/o timeout'),
    });
  });

  it('is unavailable when the certificate of the node does not verify', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    for (const flaw of ['expired', 'wrong-ca', 'wrong-name'] as const) {
      cluster.node('cp-2').useCertificate(flaw);
      const error = await failure(system(talos.node('10.5.0.3')).hostname());
      expect(error).toMatchObject({ status: 'unavailable' });
      expect(error.message).toContain('failed to verify certificate');
    }
    cluster.node('cp-2').useCertificate();
    expect(await system(talos.node('10.5.0.3')).hostname()).toMatchObject({ hostname: 'cp-2' });
  });

  it('streams, and is ended on the node when the caller leaves', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    let left = false;
    cluster.node('cp-2').on(logsMethods.dmesg, async function* ({ clock, signal }) {
      try {
        for (;;) {
          yield Buffer.from('record');
          await sleep(clock, 1, signal);
        }
      } finally {
        left = true;
      }
    });
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    let read = 0;
    for await (const record of logs(talos.node('10.5.0.3')).dmesg({ follow: true })) {
      expect(Buffer.from(record).toString()).toBe('record');
      read += 1;
      if (read === 3) break;
    }
    await cluster.journal.waitFor((entry) => entry.outcome === 'cancelled');
    await expect.poll(() => left).toBe(true);
  });

  it('takes a stream of requests on', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const received: string[] = [];
    cluster.node('cp-2').on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const chunk of chunks) received.push(Buffer.from(chunk).toString());
    });
    async function* chunks() {
      yield Buffer.from('one');
      yield Buffer.from('two');
    }
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    await etcd(talos.node('10.5.0.3')).recover(chunks());
    expect(received).toEqual(['one', 'two']);
  });

  it('passes the deadline of the caller on', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    let deadline: number | undefined;
    cluster.node('cp-2').on(systemMethods.hostname, (ctx) => {
      deadline = ctx.deadline;
      return new Promise(() => {});
    });
    const before = Date.now();
    const call = system(cluster.client().node('10.5.0.3')).hostname({}, { timeoutMs: 150 });
    expect(await failure(call)).toMatchObject({ status: 'deadline-exceeded' });
    expect(deadline).toBeGreaterThan(before);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 150);
  });
});

describe.each(transports)('what a node does not have, over %s', (transport) => {
  it('is unimplemented: RPCs for control planes on a worker', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const error = await failure(etcd(cluster.client().node('worker-1')).status());
    expect(error).toMatchObject({ status: 'unimplemented' });
    expect(error.message).toContain('only available on control plane nodes');
  });

  it('is named as Talos names it, each RPC for control planes', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client({ endpoint: 'worker-1', retry: false });
    const texts: string[] = [];
    for (const { method } of serverMethods.filter(({ method }) => method.controlPlane)) {
      const error = await failure(callAny(talos, method));
      expect(error).toMatchObject({ status: 'unimplemented' });
      texts.push((error as TalosRpcError).reason);
    }
    expect(texts.toSorted()).toEqual(
      [
        'bootstrap',
        'cluster health check',
        'etcd alarm disarm',
        'etcd alarm list',
        'etcd defragment',
        'etcd downgrade cancel',
        'etcd downgrade enable',
        'etcd downgrade validate',
        'etcd forfeit leadership',
        'etcd leave',
        'etcd recover',
        'etcd remove member',
        'etcd snapshot',
        'etcd status',
        'generate client configuration',
        'kubeconfig',
        'member list',
      ].map((what) => `${what} is only available on control plane nodes`),
    );
  });

  it('is refused to those who may not call it first', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client({ role: 'os:reader' });
    expect(await failure(etcd(talos.node('worker-1')).defragment({}))).toMatchObject({
      status: 'permission-denied',
    });
  });

  it('is unimplemented: methods and services of no release, or of trustd', async () => {
    const cluster = await startCluster({ transport });
    for (const [path, text] of [
      ['/machine.MachineService/Nothing', 'unknown method Nothing for service'],
      ['/version.VersionService/Version', 'unknown service version.VersionService'],
      ['/securityapi.SecurityService/Certificate', 'unknown service securityapi.SecurityService'],
    ] as const) {
      const call = callUnary(cluster.client(), { ...systemMethods.hostname, path }, {});
      const error = await failure(call);
      expect(error).toMatchObject({ status: 'unimplemented' });
      expect(error.message).toContain(text);
    }
  });

  it('is unimplemented: methods that came after its release', async () => {
    const cluster = await startCluster({ talosVersion: 'v1.6.8', transport });
    const talos = cluster.client();
    expect(await system(talos).version()).toMatchObject({ version: { tag: 'v1.6.8' } });
    expect(await failure(logs(talos).containers())).toMatchObject({ status: 'unimplemented' });
    expect(await failure(system(talos).cpuFreqStats())).toMatchObject({ status: 'unimplemented' });
  });
});
