import { describe, expect, it, onTestFinished } from 'vitest';
import { lifecycle, lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/http2.js';
import { clientOptions, parseTalosconfig } from '../../../src/talosconfig/index.js';
import { Recorder } from '../../support/diagnostics.js';
import { failure, startCluster, transports } from '../../testkit/support.js';

describe.each(transports)('the channels of attempts and retries, over %s', (transport) => {
  async function connected(controlPlanes = 1) {
    const cluster = await startCluster({ controlPlanes, transport });
    const talos = cluster.client();
    for (const _ of cluster.nodes) await system(talos).version();
    return { cluster, talos };
  }

  it('an attempt is said when it begins and when it ends, with one object', async () => {
    const { talos } = await connected();
    const recorder = new Recorder('attempt', 'retry');
    await system(talos).version();
    expect(recorder.events).toEqual(['attempt', 'attempt']);
    const [begin, end] = recorder.seen;
    expect(begin?.message).toBe(end?.message);
    expect(begin?.copy).toMatchObject({
      number: 1,
      endpoint: talos.endpoints[0],
      state: 'started',
      status: undefined,
      durationMs: undefined,
      call: { rpc: 'machine.MachineService/Version' },
    });
    expect(end?.copy).toMatchObject({ number: 1, state: 'ended', status: 'ok' });
  });

  it('a call whose connection is lost is repeated, and says so between its attempts', async () => {
    const { cluster, talos } = await connected();
    cluster.node('cp-1').drop(systemMethods.hostname, { times: 1 });
    const recorder = new Recorder('call', 'attempt', 'retry');
    await system(talos).hostname();
    expect(recorder.events.filter((event) => event !== 'end')).toEqual([
      'start',
      'attempt',
      'attempt',
      'retry',
      'attempt',
      'attempt',
      'asyncStart',
      'asyncEnd',
    ]);
    expect(recorder.attempts.map(({ number, state, status }) => [number, state, status])).toEqual([
      [1, 'started', undefined],
      [1, 'ended', 'unavailable'],
      [2, 'started', undefined],
      [2, 'ended', 'ok'],
    ]);
    const [retry] = recorder.of('retry');
    expect(retry).toMatchObject({
      attempt: 1,
      endpoint: talos.endpoints[0],
      status: 'unavailable',
      outcome: 'unknown',
    });
    expect(retry?.reason).toMatch(/^the connection to .* broke(?: during the call|: )/);
    expect(retry?.delayMs).toBeGreaterThanOrEqual(0);
    expect(retry?.error).toMatchObject({ status: 'unavailable', attempts: 1 });
    expect(recorder.calls[0]).toMatchObject({ attempts: 2, status: 'ok', reason: undefined });
    expect(retry?.call).toBe(recorder.seen[0]?.message);
  });

  it('a call that acts and may have run is not repeated, and fails with its attempt', async () => {
    const { cluster, talos } = await connected();
    cluster.node('cp-1').on(lifecycleMethods.reboot, () => ({ actorId: 'a' }));
    cluster.node('cp-1').drop(lifecycleMethods.reboot, { times: 1 });
    const recorder = new Recorder('call', 'attempt', 'retry');
    await failure(lifecycle(talos).reboot({ mode: 'DEFAULT' }));
    expect(recorder.of('retry')).toEqual([]);
    expect(recorder.attempts.at(-1)).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    expect(recorder.calls[0]).toMatchObject({ attempts: 1, outcome: 'unknown' });
  });

  it('an attempt ends when its call is ended from this side', async () => {
    const { cluster, talos } = await connected();
    cluster.node('cp-1').stall(systemMethods.version);
    const recorder = new Recorder('attempt');
    await failure(system(talos).version({}, { timeoutMs: 30 }));
    expect(recorder.attempts.at(-1)).toMatchObject({
      state: 'ended',
      status: 'deadline-exceeded',
      outcome: 'unknown',
      reason: 'no reply within 30 ms',
    });
  });

  it('calls that had begun before anybody watched are left out', async () => {
    const { cluster, talos } = await connected();
    cluster.node('cp-1').stall(systemMethods.version, { times: 1 });
    const controller = new AbortController();
    const call = system(talos).version({}, { signal: controller.signal });
    await cluster.journal.waitFor(({ outcome }) => outcome === undefined);
    const recorder = new Recorder('call', 'attempt', 'retry');
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(recorder.seen).toEqual([]);
  });
});

it('another carrier tells the same', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const talos = createTalosClient(clientOptions(parseTalosconfig(cluster.talosconfig).context()));
  onTestFinished(() => talos.close());
  const recorder = new Recorder('call', 'attempt', 'retry', 'connection');
  await system(talos).version();
  cluster.node('cp-1').drop(systemMethods.hostname, { times: 1 });
  await system(talos).hostname();
  expect(recorder.calls).toMatchObject([
    { rpc: 'machine.MachineService/Version', attempts: 1, status: 'ok' },
    { rpc: 'machine.MachineService/Hostname', attempts: 2, status: 'ok' },
  ]);
  expect(recorder.of('retry')).toHaveLength(1);
  const states = recorder.connections.map(({ state }) => state);
  expect(states.slice(0, 2)).toEqual(['connecting', 'ready']);
  expect(states.filter((state) => state === 'ready')).toHaveLength(2);
  expect(states).toContain('lost');
});
