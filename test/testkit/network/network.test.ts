import { describe, expect, it } from 'vitest';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { type Netstat, network } from '../../../generated/features/network.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { containers } from '../../../testkit/src/topics/containers/containers.js';
import { linkStatusKind } from '../../../testkit/src/topics/cosi/kinds/links.js';
import { resources } from '../../../testkit/src/topics/cosi/resources.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { type Capture, decode, readCapture } from '../../support/pcap.js';
import { failure, startCluster } from '../support.js';

const everything = {
  l4proto: {
    tcp: true,
    tcp6: true,
    udp: true,
    udp6: true,
    udplite: true,
    udplite6: true,
    raw: true,
    raw6: true,
  },
  netns: { hostnetwork: true, allnetns: true },
} as const;

async function started(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const talos = cluster.client({ endpoint: '10.5.0.2' });
  return { clock, cluster, talos, node: cluster.node('cp-1'), target: talos.node('10.5.0.2') };
}

type Context = Awaited<ReturnType<typeof started>>;

function ends({ connectrecord }: Netstat): string[] {
  return connectrecord.map(
    ({ localip, localport, remoteip, remoteport }) =>
      `${localip}:${localport} ${remoteip}:${remoteport}`,
  );
}

/** Captures so many packets, turning the clock as long as there are fewer. */
async function capture(
  { clock, target }: Context,
  count: number,
  request: Parameters<ReturnType<typeof network>['packetCapture']>[0],
): Promise<Capture> {
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of network(target).packetCapture(request)) {
      chunks.push(chunk);
      if (chunks.length === 1 + 2 * count) break;
    }
  })();
  let open = true;
  const done = reading.finally(() => {
    open = false;
  });
  // A failure is told below.
  done.catch(() => {});
  while (open) await clock.advance(50);
  await done;
  return readCapture(Buffer.concat(chunks));
}

// Talos: Netstat hands its request to go-netstat.
describe('Netstat', () => {
  it('gives nothing for a request that names no protocol or no namespace', async () => {
    const { target } = await started();
    const ask = async (request: Parameters<ReturnType<typeof network>['netstat']>[0]) =>
      (await network(target).netstat(request)).connectrecord;
    expect(await ask({ l4proto: {}, netns: {} })).toEqual([]);
    expect(await ask({ l4proto: {}, netns: everything.netns })).toEqual([]);
    expect(await ask({ l4proto: everything.l4proto, netns: {} })).toEqual([]);
    expect(await ask({ l4proto: { udplite: true }, netns: everything.netns })).toEqual([]);
    expect((await ask(everything)).length).toBeGreaterThan(20);
  });

  it('shows the sockets of a pod in its namespace, by name or with all others', async () => {
    const { node, target } = await started();
    const namespaces = node.machine
      .state(containers)
      .pods.flatMap((pod) => pod.networkNamespace ?? []);
    const [networkNamespace = ''] = namespaces;
    const dns = (await network(target).netstat({
      l4proto: { udp6: true },
      netns: { netns: [networkNamespace, 'cni-none'] },
      feature: { pid: true },
    })) as Netstat;
    expect(dns.connectrecord).toMatchObject([
      { localport: 53, netns: networkNamespace, state: 'CLOSE', process: { name: 'coredns' } },
    ]);
    const all = await network(target).netstat({ ...everything, netns: { allnetns: true } });
    expect(new Set(all.connectrecord.map(({ netns }) => netns))).toEqual(new Set(namespaces));
  });

  it('names processes only when asked to', async () => {
    const { target } = await started();
    const quiet = await network(target).netstat(everything);
    for (const { process } of quiet.connectrecord) expect(process).toEqual({ pid: 0, name: '' });
    const asked = await network(target).netstat({ ...everything, feature: { pid: true } });
    const nameless = asked.connectrecord.filter(({ process }) => process?.name === '');
    // Only the overlay network has no program.
    expect(nameless.map(({ localport }) => localport)).toEqual([4_789]);
  });

  it('tells connections from sockets that wait for some', async () => {
    const { target } = await started();
    const connected = await network(target).netstat({ ...everything, filter: 'CONNECTED' });
    expect(new Set(connected.connectrecord.map(({ state }) => state))).toEqual(
      new Set(['ESTABLISHED']),
    );
    const listening = await network(target).netstat({ ...everything, filter: 'LISTENING' });
    expect(new Set(listening.connectrecord.map(({ state }) => state))).toEqual(
      new Set(['LISTEN', 'CLOSE']),
    );
    const all = await network(target).netstat(everything);
    expect(all.connectrecord).toHaveLength(
      connected.connectrecord.length + listening.connectrecord.length,
    );
  });

  it('shows both ends of a connection between nodes, while both run', async () => {
    const { cluster, clock, talos } = await started({ controlPlanes: 3, workers: 1 });
    const records = async (node: string) =>
      ends(await network(talos.node(node)).netstat({ ...everything, filter: 'CONNECTED' }));
    const peers = async () => {
      const from = await records('10.5.0.2');
      return from.filter((line) => /^10\.5\.0\.2:\d+ 10\.5\.0\.3:2380$/.test(line));
    };
    const [line = ''] = await peers();
    const [own, other] = line.split(' ');
    expect(await records('10.5.0.3')).toContain(`${other} ${own}`);
    const worker = (await records('10.5.0.5')).find((text) => / 10\.5\.0\.2:6443$/.test(text));
    const [kubelet, server] = worker?.split(' ') ?? [];
    expect(await records('10.5.0.2')).toContain(`${server} ${kubelet}`);
    cluster.node('10.5.0.3').kill();
    await clock.advance(5_000);
    expect(await peers()).toEqual([]);
  });

  it('shows no connection to a service that has ended', async () => {
    const { node, target } = await started();
    const toEtcd = async () =>
      ends(await network(target).netstat({ ...everything, filter: 'CONNECTED' })).filter((line) =>
        line.includes('127.0.0.1:2379'),
      );
    // Three connections of the API server, each seen from both sides.
    expect(await toEtcd()).toHaveLength(6);
    node.machine.state(services).crash('etcd', 'exit code 1');
    expect(await toEtcd()).toEqual([]);
  });

  it('shows a node behind a partition to nobody beyond it', async () => {
    const { cluster, target } = await started({ controlPlanes: 3 });
    cluster.network.partition(['10.5.0.2'], ['10.5.0.3']);
    const remote = ends(await network(target).netstat({ ...everything, filter: 'CONNECTED' }));
    expect(remote.filter((line) => line.includes('10.5.0.3:'))).toEqual([]);
    expect(remote.filter((line) => line.includes('10.5.0.4:')).length).toBeGreaterThan(0);
  });

  it('has each port once for those who listen', async () => {
    const { target } = await started();
    const { connectrecord } = await network(target).netstat({
      ...everything,
      netns: { hostnetwork: true },
      filter: 'LISTENING',
    });
    const keys = connectrecord.map(
      ({ l4proto, localip, localport }) => `${l4proto} ${localip} ${localport}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

// Talos: NetworkDeviceStats reads /proc/net/dev.
describe('the counters of devices', () => {
  it('grow with the time of the node, and begin anew with a boot', async () => {
    const { clock, node, target } = await started();
    const total = async () => (await network(target).deviceStats()).total?.rxBytes ?? 0n;
    const first = await total();
    expect(await total()).toBe(first);
    await clock.advance(60_000);
    const second = await total();
    expect(second).toBeGreaterThan(first);
    const { boots } = node.machine;
    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    while (node.machine.boots === boots || node.stage !== 'RUNNING') await clock.advance(100);
    expect(await total()).toBeLessThan(first);
  });

  it('are of fewer devices while there is no pod network', async () => {
    const { target } = await started({ maintenance: true });
    const { devices } = await network(target).deviceStats();
    expect(devices.map(({ name }) => name)).toEqual(['eth0', 'lo']);
  });
});

// Talos: PacketCapture.
describe('PacketCapture', () => {
  const arp = [
    { op: 0x28, jt: 0, jf: 0, k: 12 },
    { op: 0x15, jt: 0, jf: 1, k: 0x0806 },
    { op: 0x06, jt: 0, jf: 0, k: 262_144 },
    { op: 0x06, jt: 0, jf: 0, k: 0 },
  ];

  it('captures the connections that Netstat shows', async () => {
    const context = await started({ controlPlanes: 3 });
    const { packets } = await capture(context, 40, { interface: 'eth0' });
    const { target } = context;
    const known = new Set(ends(await network(target).netstat(everything)));
    const ports = new Set(
      [...known].flatMap((line) => line.split(' ').map((end) => Number(end.split(':').at(-1)))),
    );
    const tcp = packets.map(({ bytes }) => decode(bytes)).filter(({ protocol }) => protocol === 6);
    expect(tcp.length).toBeGreaterThan(10);
    for (const { ports: pair = [0, 0] } of tcp)
      for (const port of pair) expect(ports).toContain(port);
    // A capture that leaves its own connection in feeds itself.
    expect(tcp.some(({ ports: pair }) => pair?.includes(50_000))).toBe(true);
  });

  it('is stamped with the time of the node, in nanoseconds', async () => {
    const context = await started();
    const begin = context.clock.now();
    const { packets } = await capture(context, 5, { interface: 'lo' });
    for (const { seconds, nanoseconds } of packets) {
      expect(nanoseconds).toBeLessThan(1e9);
      const at = seconds * 1000 + nanoseconds / 1e6;
      expect(at).toBeGreaterThan(begin);
      expect(at).toBeLessThan(context.clock.now() + 1);
    }
  });

  it('sends only what the filter lets through, as much of it as it says', async () => {
    const context = await started();
    const only = await capture(context, 8, { interface: 'eth0', bpfFilter: arp });
    for (const { bytes } of only.packets) expect(decode(bytes).type).toBe(0x0806);
    const short = await capture(context, 3, {
      interface: 'eth0',
      bpfFilter: [{ op: 0x06, jt: 0, jf: 0, k: 20 }],
    });
    for (const { bytes, length } of short.packets) {
      expect(bytes).toHaveLength(20);
      expect(length).toBeGreaterThan(20);
    }
  });

  it('writes the snap length into its head, and does not cut by it', async () => {
    const context = await started();
    const { snapLength, packets } = await capture(context, 10, { interface: 'lo', snapLen: 96 });
    expect(snapLength).toBe(96);
    expect(Math.max(...packets.map(({ bytes }) => bytes.length))).toBeGreaterThan(96);
    for (const { bytes, length } of packets) expect(bytes).toHaveLength(length);
  });

  it('shows the talk of others in promiscuous mode only', async () => {
    const context = await started({ controlPlanes: 3 });
    const own = '02:00:0a:05:00:02';
    const foreign = async (promiscuous: boolean) => {
      const { packets } = await capture(context, 80, { interface: 'eth0', promiscuous });
      return packets
        .map(({ bytes }) => decode(bytes))
        .filter(({ from, to }) => from !== own && to !== own && to !== 'ff:ff:ff:ff:ff:ff').length;
    };
    expect(await foreign(false)).toBe(0);
    expect(await foreign(true)).toBeGreaterThan(0);
  });

  it('has packets without a frame where the link has none, and refuses other links', async () => {
    const context = await started();
    const state = context.node.machine.state(resources);
    await state.ready(linkStatusKind.type);
    const card = state.spec(linkStatusKind, 'eth0');
    if (card === undefined) throw new Error('there is no eth0');
    state.put(linkStatusKind, 'wg0', { ...card, type: 'nohdr' });
    state.put(linkStatusKind, 'sit0', { ...card, type: 'sit' });
    const { linkType, packets } = await capture(context, 3, { interface: 'wg0' });
    expect(linkType).toBe(101);
    for (const { bytes } of packets) expect(bytes[0]).toBe(0x45);
    const error = await failure(capture(context, 1, { interface: 'sit0' }));
    expect(error).toMatchObject({ status: 'invalid-argument' });
    expect(error.message).toContain('unsupported link type sit');
  });

  it('leaves no timer behind when the caller has gone', async () => {
    const context = await started();
    const before = context.clock.pending;
    await capture(context, 2, { interface: 'eth0' });
    await context.cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
    expect(context.clock.pending).toBe(before);
  });
});
