import { describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../../generated/features/etcd.js';
import { lifecycle, lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { meta, metaMethods } from '../../../generated/features/meta.js';
import { resources } from '../../../generated/features/resources.js';
import { services, servicesMethods } from '../../../generated/features/services.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { collected, failure, startCluster, transports } from '../support.js';

/** Three records, and how many of them a call took. */
function threeRecords(node: SimulatedNode): { sent: number } {
  const state = { sent: 0 };
  node.on(logsMethods.dmesg, function* () {
    for (const text of ['one', 'two', 'three']) {
      state.sent += 1;
      yield Buffer.from(text);
    }
  });
  return state;
}

/** What a stream gave before it ended, and how it ended. */
async function readAll(stream: AsyncIterable<Uint8Array>) {
  const records: string[] = [];
  try {
    for await (const record of stream) records.push(Buffer.from(record).toString());
    return { records, error: undefined };
  } catch (error) {
    return { records, error };
  }
}

// gRPC and HTTP/2: how a call ends whose server, connection or certificate fails.
describe.each(transports)('a fault of a node, over %s', (transport) => {
  it('fails calls with a status without running them', async () => {
    const cluster = await startCluster({ transport });
    let ran = 0;
    const node = cluster.node('cp-1');
    node.on(etcdMethods.status, () => {
      ran += 1;
      return {};
    });
    node.fail(etcdMethods.status, 'resource-exhausted', { message: 'no space' });
    const error = await failure(etcd(cluster.client({ retry: false })).status());
    expect(error).toMatchObject({ status: 'resource-exhausted', reason: 'no space' });
    expect(ran).toBe(0);
    expect(cluster.journal.of(etcdMethods.status)).toMatchObject([
      { node: 'cp-1', request: {}, outcome: 'resource-exhausted' },
    ]);
  });

  it('hits as many calls as it is to, and only calls of its method', async () => {
    const cluster = await startCluster({ transport });
    const talos = cluster.client({ retry: false });
    cluster.node('cp-1').fail(systemMethods.hostname, 'unavailable', { times: 2 });
    expect(await system(talos).version()).toBeDefined();
    for (let call = 0; call < 2; call++) {
      expect(await failure(system(talos).hostname())).toMatchObject({ status: 'unavailable' });
    }
    expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('may hit all methods, until it is taken back', async () => {
    const cluster = await startCluster({ transport });
    const talos = cluster.client({ retry: false });
    const takeBack = cluster.node('cp-1').fail('any', 'aborted');
    expect(await failure(system(talos).version())).toMatchObject({ status: 'aborted' });
    expect(await failure(system(talos).hostname())).toMatchObject({ status: 'aborted' });
    takeBack();
    expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('delays calls on the clock of the cluster', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, transport });
    cluster.node('cp-1').delay(systemMethods.hostname, 60_000);
    let answered = false;
    const call = system(cluster.client({ timeoutMs: 'none' }))
      .hostname()
      .then((reply) => {
        answered = true;
        return reply;
      });
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    await clock.advance(59_999);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await call).toMatchObject({ hostname: 'cp-1' });
  });

  it('leaves calls without an answer until the caller gives up', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').stall(systemMethods.hostname);
    const controller = new AbortController();
    const call = system(cluster.client()).hostname({}, { signal: controller.signal });
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    controller.abort(new Error('seen enough'));
    await expect(call).rejects.toThrow('seen enough');
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
  });

  it('tears the connection down before the action runs', async () => {
    const cluster = await startCluster({ transport });
    let ran = 0;
    const node = cluster.node('cp-1');
    node.on(servicesMethods.restart, () => {
      ran += 1;
      return {};
    });
    node.drop(servicesMethods.restart, { when: 'before', times: 1 });
    const error = await failure(services(cluster.client()).restart({ id: 'kubelet' }));
    expect(error).toMatchObject({ status: 'unavailable' });
    expect(ran).toBe(0);
    expect(cluster.journal.of(servicesMethods.restart)).toMatchObject([
      { request: { id: 'kubelet' }, outcome: 'lost' },
    ]);
  });

  it('tears the connection down before an upload, however much of it has come', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').drop(etcdMethods.recover, { when: 'before' });
    const talos = cluster.client({ retry: false });
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    for (const upload of [[Buffer.alloc(1000)], [Buffer.alloc(200_000)], endless()]) {
      const error = await failure(etcd(talos).recover(upload, { timeoutMs: 10_000 }));
      expect(error).toMatchObject({ status: 'unavailable' });
      expect(error.message).toContain('broke');
    }
    const outcomes = new Set(cluster.journal.calls.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['lost']));
  });

  it('tears the connection down after the action ran: the reply is lost, not the effect', async () => {
    const cluster = await startCluster({ transport });
    let ran = 0;
    const node = cluster.node('cp-1');
    node.on(servicesMethods.restart, () => {
      ran += 1;
      return { resp: 'done' };
    });
    node.drop(servicesMethods.restart, { times: 1 });
    const talos = cluster.client();
    const error = await failure(services(talos).restart({ id: 'kubelet' }));
    expect(error).toMatchObject({ status: 'unavailable' });
    expect(ran).toBe(1);
    expect(await services(talos).restart({ id: 'kubelet' })).toMatchObject({ resp: 'done' });
  });

  it('takes the power after the action ran, and what it did to the disk is there later', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const node = cluster.node('cp-2');
    node.dieAfter(metaMethods.write);
    const talos = cluster.client({ endpoint: 'cp-1' });
    const target = talos.node(node.address);
    const request = { key: 12, value: Buffer.from('kept') };
    expect(await failure(meta(target).write(request))).toMatchObject({ status: 'unavailable' });
    expect(node.isOn).toBe(false);
    expect(cluster.journal.of(metaMethods.write)).toMatchObject([{ outcome: 'lost' }]);
    node.powerOn();
    await node.untilStage('RUNNING');
    const { resource } = await resources(target).get({
      namespace: 'runtime',
      type: 'MetaKeys.runtime.talos.dev',
      id: '0x0c',
    });
    expect(resource?.spec?.yamlSpec).toContain('kept');
    // Once, unless told otherwise.
    await meta(target).write(request);
    expect(node.isOn).toBe(true);
  });

  it('tears the connection down in the middle of a stream', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    threeRecords(node);
    node.drop(logsMethods.dmesg, { when: { replies: 2 } });
    const { records, error } = await readAll(logs(cluster.client()).dmesg());
    expect(records.length).toBeLessThanOrEqual(2);
    expect(error).toMatchObject({ status: 'unavailable' });
  });

  it.each([
    ['INTERNAL_ERROR', 'internal'],
    ['REFUSED_STREAM', 'unavailable'],
    ['CANCEL', 'cancelled'],
  ] as const)('cuts a stream off with %s', async (code, status) => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    threeRecords(node);
    node.reset(logsMethods.dmesg, { replies: 1, code });
    const { error } = await readAll(logs(cluster.client()).dmesg());
    expect(error).toMatchObject({ status });
    // The connection is as good as before.
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it.each([
    ['NO_ERROR', 'internal', 1],
    ['PROTOCOL_ERROR', 'internal', 1],
    ['INTERNAL_ERROR', 'internal', 1],
    ['FLOW_CONTROL_ERROR', 'internal', 1],
    ['CANCEL', 'cancelled', 1],
    ['ENHANCE_YOUR_CALM', 'unavailable', 1],
    // It says that nothing ran, so that clients may call again.
    ['REFUSED_STREAM', 'unavailable', 0],
  ] as const)(
    'cuts an action off with %s, which clients see as %s',
    async (code, status, actions) => {
      const cluster = await startCluster({ transport });
      const node = cluster.node('cp-1');
      let ran = 0;
      node.on(lifecycleMethods.reboot, () => {
        ran += 1;
        return { actorId: 'a' };
      });
      node.reset(lifecycleMethods.reboot, { code });
      const error = await failure(lifecycle(cluster.client()).reboot({ mode: 'DEFAULT' }));
      expect(error).toMatchObject({ status });
      expect(error.message).not.toContain('undefined');
      expect(ran).toBe(actions);
    },
  );

  it('becomes a status of the endpoint when the call was passed on', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client({ endpoint: 'cp-1', retry: false });
    const node = cluster.node('cp-2');
    node.drop(systemMethods.hostname, { times: 1 });
    expect(await failure(system(talos.node('10.5.0.3')).hostname())).toMatchObject({
      status: 'unavailable',
      reason: 'error reading from server: EOF',
    });
    node.reset(systemMethods.hostname, { times: 1 });
    expect(await failure(system(talos.node('10.5.0.3')).hostname())).toMatchObject({
      status: 'internal',
      reason: 'stream terminated by RST_STREAM with error code: INTERNAL_ERROR',
    });
    node.truncate(systemMethods.hostname, { times: 1 });
    expect(await failure(system(talos.node('10.5.0.3')).hostname())).toMatchObject({
      status: 'internal',
    });
  });

  it('cuts a unary reply short, and then there is none', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').truncate(systemMethods.hostname, { times: 1 });
    const error = await failure(system(cluster.client({ retry: false })).hostname());
    expect(['protocol', 'rpc']).toContain(error.code);
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('takes what the caller sends slowly', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, transport });
    const node = cluster.node('cp-1');
    const received: number[] = [];
    node.on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const chunk of chunks) received.push(chunk.length);
    });
    node.readSlowly(etcdMethods.recover, 1000);
    const call = etcd(cluster.client()).recover([Buffer.alloc(1), Buffer.alloc(2)]);
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    expect(received).toEqual([]);
    await clock.advance(1000);
    await cluster.journal.waitFor(({ requests }) => requests === 2);
    expect(received).toEqual([1]);
    await clock.advance(1000);
    await call;
    expect(received).toEqual([1, 2]);
  });
});

describe.each(transports)('the port of a node, over %s', (transport) => {
  it('refuses connections, and then another endpoint takes the calls', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const talos = cluster.client();
    cluster.node('cp-1').disconnect();
    for (let call = 0; call < 3; call++) {
      expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-2' });
    }
    cluster.node('cp-2').disconnect();
    expect(await failure(system(talos).hostname())).toMatchObject({ status: 'unavailable' });
    cluster.node('cp-1').connect();
    await expect
      .poll(
        () =>
          system(talos)
            .hostname()
            .catch(() => undefined),
        { timeout: 20_000 },
      )
      .toMatchObject({ hostname: 'cp-1' });
  });

  it('takes connections and stays silent', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').refuse('silent');
    const call = system(cluster.client()).hostname({}, { timeoutMs: 150 });
    expect(await failure(call)).toMatchObject({ status: 'deadline-exceeded' });
    expect(cluster.journal.calls).toEqual([]);
  });

  it.each(['expired', 'not-yet-valid', 'wrong-ca', 'wrong-name'] as const)(
    'shows a certificate that is %s',
    async (flaw) => {
      const cluster = await startCluster({ transport });
      cluster.node('cp-1').useCertificate(flaw);
      expect(await failure(system(cluster.client({ retry: false })).hostname())).toMatchObject({
        status: 'unavailable',
      });
      cluster.node('cp-1').useCertificate();
      expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
    },
  );

  it('is closed while the node is off, and calls in progress are lost', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.stall(systemMethods.hostname, { times: 1 });
    const talos = cluster.client();
    const call = failure(system(talos).hostname());
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    node.kill();
    expect(await call).toMatchObject({ status: 'unavailable' });
    expect(cluster.journal.of(systemMethods.hostname)).toMatchObject([{ outcome: 'lost' }]);
    expect(await failure(system(cluster.client({ retry: false })).hostname())).toMatchObject({
      status: 'unavailable',
    });
    const { bootId } = node;
    node.powerOn();
    await node.untilStage('RUNNING');
    expect(node.bootId).not.toBe(bootId);
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('is restored with everything else', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.fail('any', 'internal');
    node.on(systemMethods.hostname, () => ({ hostname: 'fake' }));
    node.useCertificate('expired');
    node.refuse();
    node.disconnect();
    node.restore();
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
  });
});

describe.each(transports)('a handler of a test, over %s', (transport) => {
  it('answers instead of the built-in one, typed by the method, until it is taken back', async () => {
    const cluster = await startCluster({ transport });
    const takeBack = cluster
      .node('cp-1')
      .on(etcdMethods.status, () => ({ memberStatus: { leader: 2n ** 63n + 1n } }));
    const { memberStatus } = await etcd(cluster.client()).status();
    expect(memberStatus).toMatchObject({ leader: 2n ** 63n + 1n, isLearner: false });
    takeBack();
    const replaced = cluster.node('cp-1').on(systemMethods.hostname, () => ({ hostname: 'x' }));
    replaced();
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
  });

  it('is asked after the roles were checked', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(etcdMethods.defragment, () => {});
    expect(await failure(etcd(cluster.client({ role: 'os:reader' })).defragment({}))).toMatchObject(
      { status: 'permission-denied' },
    );
    expect(await etcd(cluster.client()).defragment({})).toBeUndefined();
  });

  it('may throw anything: an error is unknown, as in Talos, a bug is internal', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.on(systemMethods.hostname, () => {
      throw new Error('cannot read it');
    });
    expect(await failure(system(cluster.client({ retry: false })).hostname())).toMatchObject({
      status: 'unknown',
      reason: 'cannot read it',
    });
    node.on(systemMethods.hostname, () => {
      const nothing = undefined as unknown as { field: string };
      return { hostname: nothing.field };
    });
    expect(await failure(system(cluster.client({ retry: false })).hostname())).toMatchObject({
      status: 'internal',
    });
  });

  it('cannot hold a call up that nobody waits for', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(systemMethods.hostname, () => new Promise(() => {}));
    const call = system(cluster.client()).hostname({}, { timeoutMs: 100 });
    expect(await failure(call)).toMatchObject({ status: 'deadline-exceeded' });
    await cluster.journal.waitFor(({ outcome }) => outcome !== undefined);
  });

  it('has its byte streams cut into chunks of 1024 bytes, but not kernel records', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.on(logsMethods.logs, () => [Buffer.alloc(2500, 'a')]);
    node.on(logsMethods.dmesg, () => [Buffer.alloc(2500, 'b')]);
    const talos = cluster.client();
    const chunks = await collected(
      logs(talos).logs({ namespace: 'system', id: 'apid', driver: 'CONTAINERD', tailLines: -1 }),
    );
    expect(chunks.map(({ length }) => length)).toEqual([1024, 1024, 452]);
    expect((await collected(logs(talos).dmesg())).map(({ length }) => length)).toEqual([2500]);
  });
});
