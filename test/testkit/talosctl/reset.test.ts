import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import { events } from '../../../generated/features/events.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { storage } from '../../../generated/features/storage.js';
import { system } from '../../../generated/features/system.js';
import { decodeEvent } from '../../../src/events/index.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { maintenance } from '../../../src/runtime/credentials/index.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { startCluster } from '../support.js';
import { bootIdOf } from './support.js';

/** What somebody without a certificate gets who asks a node for its disks, as talosctl does. */
async function asStranger(address: string): Promise<'disks' | string> {
  await using stranger = createTalosClient({
    endpoints: [address],
    credentials: maintenance({ insecure: true }),
    retry: false,
  });
  try {
    await storage(stranger).disks();
    return 'disks';
  } catch (error) {
    return (error as TalosRpcError).reason;
  }
}

/** The calls of `talosctl reset --reboot --wait`, until it says that the node was reset. */
async function resetAndWait(cluster: SimulatedCluster, address: string, labels: string[]) {
  const target = cluster.client().node(address);
  await system(target).version();
  const stream = events(target).watch({ tailEvents: 0 });
  const hello = stream.next();
  const before = await bootIdOf(target);
  await hello;
  const { actorId } = await lifecycle(target).reset({
    graceful: false,
    reboot: true,
    mode: 'ALL',
    systemPartitionsToWipe: labels.map((label) => ({ label, wipe: true })),
    userDisksToWipe: [],
  });
  for await (const event of stream) {
    const { payload, actorId: actor } = decodeEvent(event);
    if (payload.case === 'task' && payload.value.task === 'stopAllServices') {
      expect(actor).toBe(actorId);
      break;
    }
  }
  // talosctl asks until one of them answers, which is when the node is back.
  const node = cluster.node(address);
  await node.until(() => node.machine.boots === 2 && node.machine.isApiUp);
  if ((await asStranger(address)) === 'disks') return 'maintenance';
  expect(await bootIdOf(target)).not.toBe(before);
  return 'boot id';
}

// cmd/talosctl/cmd/talos/reset.go of v1.14.0-rc.1.
describe.runIf(platform() === 'linux')('talosctl reset --reboot --wait', () => {
  it('ends when a stranger gets the disks from the address of the node', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls', workers: 1 });
    const { address } = cluster.node('worker-1');
    expect(await asStranger(address)).toMatch(/certificate required/);
    expect(await resetAndWait(cluster, address, [])).toBe('maintenance');
    await cluster.node('worker-1').untilStage('MAINTENANCE');
  });

  it('ends with another boot id where the node keeps its configuration', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls', workers: 1 });
    const { address } = cluster.node('worker-1');
    expect(await resetAndWait(cluster, address, ['EPHEMERAL'])).toBe('boot id');
    expect(cluster.node('worker-1').type).toBe('worker');
  });
});
