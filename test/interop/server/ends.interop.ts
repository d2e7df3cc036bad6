import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { debug } from '../../../generated/features/debug.js';
import { etcd } from '../../../generated/features/etcd.js';
import { events } from '../../../generated/features/events.js';
import { files } from '../../../generated/features/files.js';
import { logs } from '../../../generated/features/logs.js';
import { resources } from '../../../generated/features/resources.js';
import { system } from '../../../generated/features/system.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import type { Target } from '../../../src/runtime/target.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client({ timeoutMs: 'none' });
});
beforeEach(() => cluster.clear());
afterAll(() => cluster?.[Symbol.asyncDispose]());

const hostname = 'machine.MachineService/Hostname';
const ways = [
  ['the endpoint itself', undefined],
  ['another node', '10.5.0.3'],
] as const;

function target(address: string | undefined): Target {
  return address === undefined ? talos : talos.node(address);
}

describe.each(ways)('deadlines, on %s', (_name, address) => {
  test('reach the node', async () => {
    await system(target(address)).hostname({}, { timeoutMs: 20_000 });
    const [seen] = await cluster.awaitCalls(hostname, 'OK');
    expect(seen?.timeoutMs).toBeGreaterThan(10_000);
    expect(seen?.timeoutMs).toBeLessThanOrEqual(20_000);
  });

  test('are not sent when there are none', async () => {
    await system(target(address)).hostname();
    const [seen] = await cluster.awaitCalls(hostname, 'OK');
    expect(seen?.timeoutMs).toBeUndefined();
  });

  test.each([
    [
      'machine.MachineService/EtcdRecover',
      (to: Target, timeoutMs: number) => etcd(to).recover([Buffer.alloc(1024)], { timeoutMs }),
    ],
    [
      'machine.DebugService/ContainerRun',
      (to: Target, timeoutMs: number) =>
        collect(
          debug(to).containerRun(
            [{ request: { case: 'spec', value: {} } }, { request: { case: 'signal', value: 15 } }],
            { timeoutMs },
          ),
        ),
    ],
  ] as const)('reach the node with the requests of %s, too', async (rpc, call) => {
    await call(target(address), 20_000).catch(() => {});
    const [seen] = await cluster.awaitCalls(rpc, 'ended');
    expect(seen?.timeoutMs).toBeGreaterThan(10_000);
    expect(seen?.timeoutMs).toBeLessThanOrEqual(20_000);
  });

  test('end a call that hangs, here and there', async () => {
    const call = system(target(address)).hostname(
      {},
      { timeoutMs: 150, metadata: { interop: 'hang' } },
    );
    await expect(call).rejects.toMatchObject({ status: 'deadline-exceeded' });
    const [seen] = await cluster.awaitCalls(hostname, 'ended');
    // Whichever comes first: the node's own clock, or that of the caller.
    expect(['DeadlineExceeded', 'Canceled']).toContain(seen?.outcome);
  });

  test('end a stream', async () => {
    const read = async () => {
      const options = { timeoutMs: 150 };
      for await (const _ of files(target(address)).read({ path: '/interop/silent' }, options));
    };
    await expect(read()).rejects.toMatchObject({ status: 'deadline-exceeded' });
  });
});

describe.each(ways)('cancelling, on %s', (_name, address) => {
  test('a unary call ends it on the node, with the reason given here', async () => {
    const controller = new AbortController();
    const call = system(target(address)).hostname(
      {},
      { signal: controller.signal, metadata: { interop: 'hang' } },
    );
    await cluster.awaitCalls(hostname, 'open');
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await cluster.awaitCalls(hostname, 'Canceled');
  });

  test.each([
    ['files.read', 'Read', (node: Target) => files(node).read({ path: '/interop/endless' })],
    [
      'logs',
      'Logs',
      (node: Target) => {
        const request = { id: 'etcd', namespace: 'system', follow: true, tailLines: -1 } as const;
        return logs(node).logs({ ...request, driver: 'CONTAINERD' });
      },
    ],
    ['events', 'Events', (node: Target) => events(node).watch({ tailEvents: -1 })],
  ])('leaving %s early ends it on the node', async (_feature, method, start) => {
    for await (const _ of start(target(address))) break;
    await cluster.awaitCalls(`machine.MachineService/${method}`, 'Canceled');
  });

  test('leaving a watch of resources ends it on the node', async () => {
    const request = {
      namespace: 'cluster',
      type: 'Members.cluster.talos.dev',
      apiVersion: 1,
      options: { bootstrapContents: true },
    };
    for await (const _ of resources(target(address)).watch(request)) break;
    await cluster.awaitCalls('cosi.resource.State/Watch', 'Canceled');
  });

  test('a duplex call ends it on the node', async () => {
    async function* forever() {
      yield { request: { case: 'spec', value: {} } } as never;
      for (;;) yield { request: { case: 'stdinData', value: Buffer.from('x') } } as never;
    }
    for await (const _ of debug(target(address)).containerRun(forever())) break;
    await cluster.awaitCalls('machine.DebugService/ContainerRun', 'Canceled');
  });

  test('an upload ends it on the node', async () => {
    const controller = new AbortController();
    async function* forever() {
      for (;;) {
        yield Buffer.alloc(1024);
        await sleep(1);
      }
    }
    const call = etcd(target(address)).recover(forever(), { signal: controller.signal });
    await cluster.awaitCalls('machine.MachineService/EtcdRecover', 'open');
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    await cluster.awaitCalls('machine.MachineService/EtcdRecover', 'Canceled');
  });

  test('an upload whose source fails ends it on the node, with the error of the source', async () => {
    const problem = new Error('disk');
    async function* broken() {
      yield Buffer.alloc(1024);
      await cluster.awaitCalls('machine.MachineService/EtcdRecover', 'open');
      throw problem;
    }
    await expect(etcd(target(address)).recover(broken())).rejects.toBe(problem);
    await cluster.awaitCalls('machine.MachineService/EtcdRecover', 'Canceled');
  });
});

describe.each(ways)('uploads that are cut off, on %s', (_name, address) => {
  test('by their deadlines never look complete to the node', async () => {
    async function* forever() {
      for (;;) {
        yield Buffer.alloc(1024);
        await sleep(1);
      }
    }
    await system(target(address)).hostname();
    const uploads = Array.from({ length: 60 }, (_, index) =>
      expect(
        etcd(target(address)).recover(forever(), { timeoutMs: 200 + index * 5 }),
      ).rejects.toMatchObject({ status: 'deadline-exceeded' }),
    );
    await Promise.all(uploads);
    const seen = await cluster.awaitCalls('machine.MachineService/EtcdRecover', 'ended', 60);
    expect(seen.filter(({ outcome }) => outcome === 'OK')).toEqual([]);
  });
});

describe('an upload', () => {
  test('that the node refuses half-way rejects with its status, and stops the source', async () => {
    let stop: () => void = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    async function* source() {
      try {
        yield Buffer.from('refuse');
        for (;;) {
          await sleep(1);
          yield Buffer.alloc(16);
        }
      } finally {
        stop();
      }
    }
    await expect(etcd(talos.node('10.5.0.3')).recover(source())).rejects.toMatchObject({
      status: 'failed-precondition',
      reason: 'not now',
    });
    await stopped;
  });

  test('that the node answers before its end resolves', async () => {
    async function* source() {
      yield Buffer.from('enough');
      for (;;) {
        await sleep(1);
        yield Buffer.alloc(16);
      }
    }
    await expect(etcd(talos.node('10.5.0.3')).recover(source())).resolves.toBeUndefined();
  });
});

describe('closing the client', () => {
  test('ends what is open, here and there', async () => {
    const own = await cluster.client();
    const call = system(own).hostname({}, { metadata: { interop: 'hang' } });
    const rejected = expect(call).rejects.toMatchObject({ code: 'closed' });
    await cluster.awaitCalls(hostname, 'open');
    await own.close();
    await rejected;
    await cluster.awaitCalls(hostname, 'Canceled');
    await expect(system(own).hostname()).rejects.toMatchObject({ code: 'closed' });
  });
});
