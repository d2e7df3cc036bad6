import { describe, expect, it } from 'vitest';
import { network, networkMethods } from '../../generated/features/network.js';
import { collect, type TalosNode } from '../../src/index.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';
import { type Capture, decode, readCapture } from '../support/pcap.js';

const covered = recordCoverage();

/** Asks for nothing. */
const nothing = { l4proto: {}, netns: {} };

async function started() {
  const cluster = covered(await tlsCluster());
  return { cluster, node: cluster.node('cp-1'), target: cluster.client().node('10.5.0.2') };
}

/** Captures until there are so many packets, and then stops as one does: by leaving. */
async function capture(
  target: TalosNode,
  packets: number,
  request: Parameters<ReturnType<typeof network>['packetCapture']>[0],
): Promise<Capture> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of network(target).packetCapture(request)) {
    chunks.push(chunk);
    // One message for the head, and two for each packet.
    if (chunks.length === 1 + 2 * packets) break;
  }
  return readCapture(Buffer.concat(chunks));
}

describe('netstat', () => {
  it('gives the sockets of the protocols asked for, with their processes', async () => {
    const { target } = await started();
    const { connectrecord: records } = await network(target).netstat({
      filter: 'LISTENING',
      feature: { pid: true },
      l4proto: { tcp: true, tcp6: true },
      netns: { hostnetwork: true },
    });
    const apid = records.find(({ localport }) => localport === 50_000);
    expect(apid).toMatchObject({ l4proto: 'tcp6', localip: '::', state: 'LISTEN' });
    expect(apid?.process).toMatchObject({ name: 'apid' });
    expect(apid?.process?.pid).toBeGreaterThan(1);
    expect(records.map(({ localport }) => localport)).toEqual(
      expect.arrayContaining([2_379, 2_380, 6_443, 10_250, 50_001]),
    );
    expect(new Set(records.map(({ remoteport }) => remoteport))).toEqual(new Set([0]));
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(network(cluster.client({ role: 'os:meta:writer' })).netstat(nothing));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, networkMethods.netstat, (options) =>
      network(target).netstat(nothing, options),
    );
  });

  it('fails for a filter that there is not', async () => {
    const { target } = await started();
    const error = await failureOf(network(target).netstat({ ...nothing, filter: 7 }));
    expect(error).toMatchObject({ status: 'invalid-argument' });
    expect(error.message).toContain('invalid filter: 7');
  });
});

describe('packet capture', () => {
  it('gives a pcap file of Ethernet frames, until the caller leaves', async () => {
    const { cluster, target } = await started();
    const { snapLength, linkType, packets, rest } = await capture(target, 12, {
      interface: 'eth0',
    });
    expect({ snapLength, linkType, rest }).toEqual({ snapLength: 4_096, linkType: 1, rest: 0 });
    expect(packets).toHaveLength(12);
    for (const { bytes } of packets) expect([0x0800, 0x0806]).toContain(decode(bytes).type);
    const times = packets.map(({ seconds, nanoseconds }) => seconds * 1e3 + nanoseconds / 1e6);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const rpc = 'machine.MachineService/PacketCapture';
    await cluster.journal.waitFor((seen) => seen.rpc === rpc && seen.outcome === 'cancelled');
  });

  it('is open to operators and refused to readers', async () => {
    const { cluster } = await started();
    const operator = cluster.client({ role: 'os:operator' }).node('10.5.0.2');
    expect((await capture(operator, 1, { interface: 'lo' })).packets).toHaveLength(1);
    const reader = network(cluster.client({ role: 'os:reader' }));
    await expectRefused(collect(reader.packetCapture({ interface: 'lo' })));
  });

  it('ends at the deadline of the caller', async () => {
    const { target } = await started();
    const error = await failureOf(
      collect(network(target).packetCapture({ interface: 'eth0' }, { timeoutMs: 100 })),
    );
    expect(error).toMatchObject({ status: 'deadline-exceeded' });
  });

  it('fails for an interface that there is not, and for a filter that is no program', async () => {
    const { target } = await started();
    const missing = await failureOf(collect(network(target).packetCapture({ interface: 'eth7' })));
    expect(missing).toMatchObject({ status: 'not-found' });
    expect(missing.message).toContain('interface "eth7" not found');
    const bad = await failureOf(
      collect(
        network(target).packetCapture({
          interface: 'eth0',
          bpfFilter: [{ op: 0x28, jt: 0, jf: 0, k: 12 }],
        }),
      ),
    );
    expect(bad).toMatchObject({ status: 'unknown' });
    expect(bad.message).toContain('error setting BPF filter: invalid argument');
  });
});

describe('device statistics', () => {
  it('counts what each device has received and sent, and all of them together', async () => {
    const { target } = await started();
    const { total, devices } = await network(target).deviceStats();
    expect(devices.map(({ name }) => name)).toEqual(['cni0', 'eth0', 'flannel.1', 'lo']);
    expect(total?.name).toBe('cni0, eth0, flannel.1, lo');
    expect(total?.rxBytes).toBe(devices.reduce((sum, { rxBytes }) => sum + rxBytes, 0n));
    expect(devices.find(({ name }) => name === 'eth0')?.txPackets).toBeGreaterThan(0n);
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(network(cluster.client({ role: 'os:meta:writer' })).deviceStats());
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, networkMethods.deviceStats, (options) =>
      network(target).deviceStats({}, options),
    );
  });

  it('fails with the status that the node gives', async () => {
    const { node, target } = await started();
    node.fail(networkMethods.deviceStats, 'unavailable');
    expect(await failureOf(network(target).deviceStats())).toMatchObject({
      status: 'unavailable',
    });
  });
});
