import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { createTalosClient, type TalosClientOptions } from '../../src/runtime/client.js';
import { mtls, plaintext } from '../../src/runtime/credentials/index.js';
import { middleware } from '../../src/runtime/middleware.js';
import { ReloadingTransport } from '../../src/runtime/reloading-transport.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';
import { deferred, rejection } from '../support/lifecycle.js';
import { startCluster } from '../testkit/support.js';

/** A cluster with two control planes, and a client that begins with the first. */
async function twoEndpoints(options: Partial<TalosClientOptions> = {}) {
  const cluster = await startCluster({ controlPlanes: 2, transport: 'tls' });
  const identity = async () => {
    const { cert, key } = await cluster.pki.client('os:admin');
    return mtls({ ca: await cluster.pki.ca(), cert, key });
  };
  const source = { endpoints: [cluster.endpoints[0] as string], asked: 0 };
  const talos = createTalosClient({
    endpoints: () => {
      source.asked += 1;
      return source.endpoints;
    },
    credentials: identity,
    ...options,
  } as TalosClientOptions);
  onTestFinished(() => talos.close());
  return { cluster, talos, source, identity };
}

describe('endpoints and credentials from functions', () => {
  it('are asked once, before the first call', async () => {
    const { talos, source } = await twoEndpoints();
    expect(talos.endpoints).toEqual([]);
    expect(talos.certificate).toBeUndefined();
    expect(source.asked).toBe(0);
    const replies = await Promise.all([system(talos).hostname(), system(talos).hostname()]);
    expect(replies.map(({ hostname }) => hostname)).toEqual(['cp-1', 'cp-1']);
    expect(source.asked).toBe(1);
    expect(talos.endpoints).toEqual(source.endpoints);
    expect(talos.certificate?.roles).toEqual(['os:admin']);
  });

  it('are asked again by reload, and new calls use what they give', async () => {
    const { cluster, talos, source } = await twoEndpoints();
    await system(talos).hostname();
    const before = talos.certificate;
    source.endpoints = [cluster.endpoints[1] as string];
    await talos.reload();
    expect(talos.endpoints).toEqual(source.endpoints);
    expect(talos.certificate).not.toBe(before);
    expect((await system(talos).hostname()).hostname).toBe('cp-2');
  });

  it('leave calls alone that are open, and close their connections after them', async () => {
    const { cluster, talos, source } = await twoEndpoints();
    const go = deferred();
    cluster.node('cp-1').on(logsMethods.dmesg, async function* () {
      yield Buffer.from('one');
      await go.promise;
      yield Buffer.from('two');
    });
    cluster.node('cp-1').on(systemMethods.hostname, async () => {
      await go.promise;
      return { hostname: 'late' };
    });
    const stream = logs(talos).dmesg();
    await stream.next();
    const call = system(talos).hostname();
    await cluster.journal.waitFor(({ rpc }) => rpc.endsWith('/Hostname'));
    source.endpoints = [cluster.endpoints[1] as string];
    await talos.reload();
    expect((await system(talos).hostname()).hostname).toBe('cp-2');
    go.resolve();
    expect((await call).hostname).toBe('late');
    expect(Buffer.from((await stream.next()).value ?? []).toString()).toBe('two');
    expect((await stream.next()).done).toBe(true);
  });

  it('change under calls that are made all the while, and none fails', async () => {
    const { cluster, talos, source } = await twoEndpoints({ retry: false });
    let stop = false;
    let calls = 0;
    const worker = async () => {
      while (!stop) {
        await system(talos).version();
        calls += 1;
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    for (let round = 0; round < 6; round += 1) {
      const before = calls;
      await expect.poll(() => calls > before + 5, { timeout: 20_000 }).toBe(true);
      source.endpoints = [cluster.endpoints[round % 2] as string];
      await talos.reload();
    }
    stop = true;
    await Promise.all(workers);
  });

  it('that fail leave everything as it was', async () => {
    const { talos, source } = await twoEndpoints();
    await system(talos).hostname();
    const { endpoints } = talos;
    source.endpoints = ['not an endpoint'];
    expect(await rejection(talos.reload())).toMatchObject({
      code: 'config',
      field: 'endpoints[0]',
    });
    source.endpoints = 'text' as never;
    expect(await rejection(talos.reload())).toMatchObject({ code: 'config', field: 'endpoints' });
    expect(talos.endpoints).toBe(endpoints);
    expect((await system(talos).hostname()).hostname).toBe('cp-1');
  });

  it('that fail at first fail the calls that wait, and are asked again by the next', async () => {
    const { talos } = await twoEndpoints();
    const broken = new Error('the vault is sealed');
    let sealed = true;
    const other = createTalosClient({
      endpoints: () => {
        if (sealed) throw broken;
        return talos.endpoints;
      },
      credentials: mtls as never,
    });
    expect(await rejection(system(other).hostname())).toBe(broken);
    expect(await rejection(logs(other).dmesg().next())).toBe(broken);
    sealed = false;
    await other.close();
    expect(await rejection(system(other).hostname())).toMatchObject({ code: 'closed' });
  });

  it('do not hold a call up for longer than its deadline, or its signal', async () => {
    const talos = createTalosClient({
      endpoints: () => new Promise<never>(() => {}),
      credentials: () => new Promise<never>(() => {}),
    });
    expect(await rejection(system(talos).hostname({}, { timeoutMs: 20 }))).toMatchObject({
      status: 'deadline-exceeded',
      outcome: 'not-sent',
      attempts: 0,
    });
    const controller = new AbortController();
    const call = logs(talos).dmesg({}, { signal: controller.signal }).next();
    controller.abort('enough');
    expect(await rejection(call)).toBe('enough');
    expect(await rejection(system(talos).hostname({}, { signal: controller.signal }))).toBe(
      'enough',
    );
  });

  it('are not known to a call that acts, which has to name its node', async () => {
    const { talos } = await twoEndpoints();
    expect(await rejection(lifecycle(talos).reboot({ mode: 'DEFAULT' }))).toMatchObject({
      code: 'config',
      message: expect.stringContaining('endpoints that are not known yet'),
    });
  });

  it('are those of siblings, and go through middlewares', async () => {
    const seen: string[] = [];
    const { talos, cluster, source } = await twoEndpoints({
      use: [middleware((call) => void seen.push(call.method.kind))],
    });
    await using sibling = talos.sibling();
    source.endpoints = [cluster.endpoints[1] as string];
    expect((await system(sibling).hostname()).hostname).toBe('cp-2');
    expect(seen).toEqual(['unary']);
    await sibling.reload();
    await using other = talos.sibling({ endpoints: [cluster.endpoints[0] as string] });
    expect((await system(other).hostname()).hostname).toBe('cp-1');
  });

  it('that are given as values never change', async () => {
    const cluster = await startCluster();
    expect(await rejection(cluster.client().reload())).toMatchObject({
      code: 'config',
      message: expect.stringContaining('give createTalosClient functions'),
    });
  });
});

it('a stream that waits for its endpoints can be left, and is read once', async () => {
  const { talos, cluster } = await twoEndpoints();
  cluster.node('cp-1').on(logsMethods.dmesg, () => [Buffer.from('one')]);
  const left = logs(talos).dmesg();
  const next = left.next();
  left.cancel();
  expect((await next).done).toBe(true);
  const stream = logs(talos).dmesg();
  for await (const _ of stream) break;
  expect(() => stream[Symbol.asyncIterator]()).toThrow(/can be read once/);
});

describe('a transport that waits for its endpoints', () => {
  const dmesg = { ...readMethod, kind: 'server-stream', path: '/test.Service/Follow' } as const;
  const callTo = <M>(method: M) =>
    ({ method, node: undefined, metadata: {}, signals: [], timeoutMs: 1000 }) as never;

  /** A transport over those that are given, one for each time that the endpoints are asked. */
  function over(answer: () => unknown, asked: () => void = () => {}) {
    const made: FakeTransport[] = [];
    const transport = new ReloadingTransport({
      endpoints: () => {
        asked();
        return ['10.5.0.2'];
      },
      credentials: async () => plaintext(),
      make: () => {
        made.push(new FakeTransport(answer));
        return made.at(-1) as FakeTransport;
      },
    });
    onTestFinished(() => transport.close());
    return { transport, made };
  }

  it('takes the wait off the deadline, of calls and of streams', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const wait = () => {
      now += 400;
    };
    const calls = over(() => 'reply', wait);
    await calls.transport.unary(callTo(readMethod), {});
    await calls.transport.unary(callTo(readMethod), {});
    const streams = over(() => streamOf(['item']).stream, wait);
    await streams.transport.stream(callTo(dmesg), [{}]).next();
    await streams.transport.stream(callTo(dmesg), [{}]).next();
    const deadlines = [calls, streams].map(({ made }) => made[0]?.calls.map((it) => it.timeoutMs));
    expect(deadlines).toEqual([
      [600, 1000],
      [600, 1000],
    ]);
  });

  it('is closed by a reload although a stream of it could not even be opened', async () => {
    const refused = new Error('refused');
    const { transport, made } = over(() => {
      throw refused;
    });
    expect(await rejection(transport.stream(callTo(dmesg), [{}]).next())).toBe(refused);
    await transport.reload();
    await expect.poll(() => made.map(({ closed }) => closed)).toEqual([true, false]);
  });
});
