import { expect, it, onTestFinished } from 'vitest';
import { filesMethods } from '../../generated/features/files.js';
import { lifecycleMethods } from '../../generated/features/lifecycle.js';
import { servicesMethods } from '../../generated/features/services.js';
import {
  type BootstrapClusterStep,
  bootstrapCluster,
} from '../../src/operations/bootstrap-cluster/index.js';
import type { OperationOptions } from '../../src/operations/run/options.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { memberKind } from '../../testkit/src/topics/cosi/kinds/cluster.js';
import { etcdOn } from '../../testkit/src/topics/etcd/etcd-node.js';
import { failureOf } from '../support/feature-calls.js';
import { bootable, configured, type Simulation, simulation } from './support.js';

type Options = OperationOptions<BootstrapClusterStep>;

function start(
  { cluster, parts }: Simulation,
  name = 'cp-1',
  options: Options = {},
  talos = cluster.client(),
) {
  return bootstrapCluster(talos.node(cluster.node(name).address), options, parts);
}

/** How often a bootstrap came to a node. */
const sent = ({ cluster }: Simulation): number =>
  cluster.journal.of(lifecycleMethods.bootstrap).length;

it('begins etcd once, waits until it is healthy, and has nothing to do the next time', async () => {
  const it = await bootable({ controlPlanes: 3 });
  const steps: string[] = [];
  const onProgress: Options['onProgress'] = ({ type, step }) => {
    if (type === 'step') steps.push(step);
  };
  const first = await it.passing(start(it, 'cp-1', { onProgress }));
  expect(first).toEqual({ node: '10.5.0.2', wasBootstrapped: false });
  expect(steps).toEqual(['look at the node', 'look at the others', 'bootstrap', 'wait for etcd']);
  expect(await it.passing(start(it))).toEqual({ node: '10.5.0.2', wasBootstrapped: true });
  await it.until(() => it.cluster.controlPlanes.every(({ stage }) => stage === 'RUNNING'));
  expect(await it.passing(start(it, 'cp-2'))).toMatchObject({ wasBootstrapped: true });
  expect(sent(it)).toBe(1);
});

it('waits for a node that is not ready yet', async () => {
  const it = await configured();
  const waits: string[] = [];
  const onProgress: Options['onProgress'] = (told) => {
    if (told.type === 'waiting') waits.push(told.what);
  };
  await it.passing(start(it, 'cp-1', { onProgress }));
  expect(waits).not.toEqual([]);
  expect(etcdOn(it.cluster.node('cp-1').machine).hasData).toBe(true);
});

it('goes on trying while the node says that it is too early', async () => {
  const it = await bootable();
  it.cluster.node('cp-1').fail(lifecycleMethods.bootstrap, 'failed-precondition', { times: 3 });
  await it.passing(start(it));
  expect(sent(it)).toBe(4);
});

it('refuses a worker', async () => {
  const it = await bootable({ workers: 1 });
  const error = await it.passing(failureOf(start(it, 'worker-1')));
  expect(error).toMatchObject({
    code: 'operation',
    step: 'look at the node',
    outcome: 'unchanged',
  });
  expect((error as Error).message).toContain('it is a worker');
  expect(sent(it)).toBe(0);
});

it('refuses a second node while the first has etcd and it has not joined yet', async () => {
  const it = await bootable({ controlPlanes: 2 });
  // It does not find the first one, and so does not join; its client finds both.
  it.cluster.partition(['cp-1'], ['cp-2']);
  const talos = it.cluster.client();
  it.cluster.node('cp-1').on(servicesMethods.list, () => ({ services: [] }));
  etcdOn(it.cluster.node('cp-1').machine).bootstrap({ recover: false, skipHashCheck: false });
  await it.until(() => etcdOn(it.cluster.node('cp-1').machine).hasData);
  const error = await it.passing(failureOf(start(it, 'cp-2', {}, talos)));
  expect(error).toMatchObject({ step: 'look at the others', outcome: 'unchanged' });
  expect((error as Error).message).toContain('cp-1 (10.5.0.2) has etcd already');
  expect(sent(it)).toBe(0);
});

it('refuses a second node where the first is called by the old word `init`', async () => {
  const it = await bootable({ controlPlanes: 2 });
  it.cluster.partition(['cp-1'], ['cp-2']);
  const talos = it.cluster.client();
  const { address, machine, talosVersion } = it.cluster.node('cp-1');
  const member = {
    nodeId: 'first',
    addresses: [address],
    hostname: 'cp-1',
    // No word of the simulated cluster.
    machineType: 'init' as never,
    operatingSystem: `Talos (${talosVersion})`,
  };
  etcdOn(machine).bootstrap({ recover: false, skipHashCheck: false });
  await it.until(() => etcdOn(machine).hasData);
  it.cluster.node('cp-2').resources.put(memberKind, 'cp-1', member);
  const error = await it.passing(failureOf(start(it, 'cp-2', {}, talos)));
  expect(error).toMatchObject({ step: 'look at the others', outcome: 'unchanged' });
  expect((error as Error).message).toContain('cp-1 (10.5.0.2) has etcd already');
  expect(sent(it)).toBe(0);
});

it('waits for a control plane that does not say whether it has etcd, and names it', async () => {
  const it = await bootable({ controlPlanes: 2 });
  it.cluster.node('cp-2').disconnect();
  const talos = it.cluster.client({ endpoint: 'cp-1', retry: false });
  const error = await it.passing(failureOf(start(it, 'cp-1', { timeoutMs: 20_000 }, talos)));
  expect(error).toMatchObject({ step: 'look at the others', outcome: 'unchanged' });
  expect((error as Error).message).toContain('waiting for cp-2 to tell whether it has etcd');
  expect(sent(it)).toBe(0);
});

it('waits for a control plane whose disk is not mounted yet: its data may be there', async () => {
  const it = await bootable({ controlPlanes: 2 });
  const other = it.cluster.node('cp-2');
  other.fail(filesMethods.list, 'unknown', { message: 'lstat /var/lib/etcd: no such file' });
  other.on(servicesMethods.list, () => ({ services: [] }));
  const error = await it.passing(failureOf(start(it, 'cp-1', { timeoutMs: 20_000 })));
  expect(error).toMatchObject({ step: 'look at the others', outcome: 'unchanged' });
  expect(error.message).toContain('its disk is not there yet');
  other.on(servicesMethods.list, () => ({ services: [{ id: 'etcd', state: 'Preparing' }] }));
  expect(await it.passing(start(it))).toMatchObject({ wasBootstrapped: false });
});

it.each([
  ['before it runs', 'before', 2],
  ['after it ran', 'after', 1],
] as const)(
  'a connection that is lost %s: looks, and lets it run once',
  async (_when, when, count) => {
    const it = await bootable();
    it.cluster.node('cp-1').drop(lifecycleMethods.bootstrap, { when, times: 1 });
    const result = await it.passing(start(it));
    expect(result.wasBootstrapped).toBe(false);
    expect(sent(it)).toBe(count);
  },
);

it('a node that dies with the bootstrap is looked at when it is back', async () => {
  const it = await bootable();
  const node = it.cluster.node('cp-1');
  node.dieAfter(lifecycleMethods.bootstrap);
  const running = start(it);
  await it.until(() => !node.isOn);
  node.powerOn();
  await it.passing(running);
  expect(etcdOn(node.machine).hasData).toBe(true);
  expect(sent(it)).toBeLessThanOrEqual(2);
});

it('says what is known when nobody knows whether it ran', async () => {
  const it = await bootable();
  const node = it.cluster.node('cp-1');
  node.drop(lifecycleMethods.bootstrap, { when: 'after', times: 1 });
  const running = failureOf(start(it, 'cp-1', { timeoutMs: 60_000 }));
  await it.cluster.journal.waitFor(({ rpc }) => rpc.endsWith('/Bootstrap'));
  node.disconnect();
  expect(await it.passing(running)).toMatchObject({ step: 'bootstrap', outcome: 'unknown' });
  expect(sent(it)).toBe(1);
});

it('goes through another endpoint when one is gone', async () => {
  const it = await bootable();
  const options = clientOptions(parseTalosconfig(it.cluster.talosconfig).context());
  const endpoints = ['127.0.0.1:1', ...options.endpoints];
  await using talos = createTalosClient({ ...options, endpoints });
  await it.passing(start(it, 'cp-1', {}, talos));
  expect(sent(it)).toBe(1);
});

it('goes well on a slow node', async () => {
  const it = await bootable();
  it.cluster.node('cp-1').delay('any', 3_000);
  expect(await it.passing(start(it))).toMatchObject({ wasBootstrapped: false });
  expect(sent(it)).toBe(1);
});

it('is refused to who may not', async () => {
  const it = await bootable();
  const talos = it.cluster.client({ role: 'os:reader' });
  const error = await it.passing(failureOf(start(it, 'cp-1', {}, talos)));
  expect(error).toMatchObject({ code: 'operation', step: 'bootstrap', outcome: 'unchanged' });
  expect((error as Error).message).toContain('os:admin');
});

it('names what keeps etcd from starting', async () => {
  const it = await simulation();
  it.cluster.node('cp-1').on(servicesMethods.list, () => ({
    services: [
      {
        id: 'etcd',
        state: 'Failed',
        events: { events: [{ state: 'Failed', msg: 'no space left', ts: undefined }] },
        health: undefined,
      },
    ],
  }));
  const error = await it.passing(failureOf(start(it)));
  expect((error as Error).message).toContain('etcd does not start: Failed: no space left');
});

it.each(['look at the node', 'look at the others', 'bootstrap', 'wait for etcd'] as const)(
  'ends with the reason of the caller at the step %s',
  async (step) => {
    const it = await bootable({ controlPlanes: 2 });
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const reason = new Error('enough');
    const onProgress: Options['onProgress'] = (told) => {
      if (told.type === 'step' && told.step === step) stop.abort(reason);
    };
    const running = start(it, 'cp-1', { signal: stop.signal, onProgress });
    await expect(it.passing(running)).rejects.toBe(reason);
    expect(sent(it)).toBe(step === 'wait for etcd' ? 1 : 0);
  },
);

it('needs a named node, and refuses options that it does not have', async () => {
  const it = await simulation();
  expect(await failureOf(bootstrapCluster(it.cluster.client()))).toMatchObject({
    code: 'config',
    field: 'target',
  });
  const error = await failureOf(start(it, 'cp-1', { timeoutMS: 1 } as object));
  expect(error).toMatchObject({ code: 'config', field: 'timeoutMS' });
});
