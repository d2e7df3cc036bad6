import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { etcdOn } from '../../../testkit/src/topics/etcd/etcd-node.js';
import { GoClient, type GoResource, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 3, workers: 1, transport: 'tls' });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const at = { node: '10.5.0.3' } as const;
const onWorker = { node: '10.5.0.5' } as const;

/** The message of one node. */
async function one<T>(
  name: string,
  args: readonly unknown[] = [],
  where: { readonly node: string } = at,
): Promise<T> {
  const { value } = await go.call<Message<{ readonly messages: readonly T[] }>>(name, args, where);
  const [message] = value.messages;
  if (message === undefined) throw new Error(`${name} has no reply`);
  return message;
}

async function all<T>(name: string, args: readonly unknown[]): Promise<readonly T[]> {
  return (await go.stream<Message<T>>(name, args, at)).map(({ value }) => value);
}

/** The specs of all resources of a kind, by id. */
async function specs(
  namespace: string,
  type: string,
): Promise<Map<string, Record<string, unknown>>> {
  const found = await go.command<readonly GoResource[]>({ do: 'list', namespace, type, ...at });
  return new Map(found.map(({ id, yaml }) => [id, parse(yaml).spec]));
}

interface Status {
  readonly memberStatus: Readonly<Record<string, string>> & { readonly errors: readonly string[] };
}

const statusOf = async (node: string) =>
  (await one<Status>('EtcdStatus', [], { node })).memberStatus;

describe('etcd, as the official client sees it, has', () => {
  interface Member {
    readonly id: string;
    readonly hostname: string;
  }
  const nodes = ['10.5.0.2', '10.5.0.3', '10.5.0.4'] as const;

  test('one leader and one term, and each member its own id', async () => {
    const { members } = await one<{ members: readonly Member[] }>('EtcdMemberList', [{}]);
    const statuses = await Promise.all(nodes.map(statusOf));
    expect(statuses.map(({ memberId }) => memberId).sort()).toEqual(
      members.map(({ id }) => id).sort(),
    );
    expect(new Set(statuses.map(({ leader }) => leader)).size).toBe(1);
    expect(members.map(({ id }) => id)).toContain(statuses[0]?.leader);
    expect(new Set(statuses.map(({ raftTerm }) => raftTerm)).size).toBe(1);
    for (const { dbSize, dbSizeInUse, raftIndex, raftAppliedIndex, errors } of statuses) {
      expect(BigInt(dbSize ?? 0)).toBeGreaterThanOrEqual(BigInt(dbSizeInUse ?? 0));
      expect(BigInt(raftIndex ?? 0)).toBeGreaterThanOrEqual(BigInt(raftAppliedIndex ?? 0));
      expect(errors).toEqual([]);
    }
  });

  test('another leader in the next term when the leader stands down', async () => {
    const before = await statusOf(nodes[0]);
    const ids = new Map<string | undefined, string>();
    for (const node of nodes) ids.set((await statusOf(node)).memberId, node);
    const leader = ids.get(before.leader) ?? '';
    const { member } = await one<{ member: string }>('EtcdForfeitLeadership', [{}], {
      node: leader,
    });
    const after = await statusOf(nodes[0]);
    expect(after.leader).not.toBe(before.leader);
    expect(BigInt(after.raftTerm ?? 0)).toBe(BigInt(before.raftTerm ?? 0) + 1n);
    expect(member).not.toBe('');
    const again = await one<{ member: string }>('EtcdForfeitLeadership', [{}], { node: leader });
    expect(again.member).toBe('');
  });

  test('a smaller file when it was defragmented', async () => {
    const before = await statusOf(nodes[1]);
    await one('EtcdDefragment');
    const after = await statusOf(nodes[1]);
    expect(BigInt(after.dbSize ?? 0)).toBeLessThan(BigInt(before.dbSize ?? 0));
  });

  test('alarms by member until they are disarmed', async () => {
    interface Alarms {
      readonly memberAlarms: readonly { readonly memberId: string; readonly alarm: string }[];
    }
    const { memberId = '' } = await statusOf(nodes[0]);
    etcdOn(cluster.node('cp-1').machine).raiseAlarm('NOSPACE');
    const { memberAlarms } = await one<Alarms>('EtcdAlarmList');
    expect(memberAlarms).toEqual([{ memberId, alarm: 'NOSPACE' }]);
    expect((await statusOf(nodes[0])).errors).toEqual([`memberID:${memberId} alarm:NOSPACE `]);
    await one('EtcdAlarmDisarm');
    expect((await one<Alarms>('EtcdAlarmList')).memberAlarms).toEqual([]);
  });
});

describe('a node, as the official client sees it, has', () => {
  test('the disks that its resources have', async () => {
    interface Disk {
      readonly deviceName: string;
      readonly size: string;
      readonly serial: string;
      readonly systemDisk: boolean;
      readonly type: string;
    }
    const { disks } = await one<{ disks: readonly Disk[] }>('Disks');
    const known = await specs('runtime', 'Disks.block.talos.dev');
    expect(disks.map(({ deviceName }) => deviceName)).toEqual(
      [...known.values()].map(({ dev_path: path }) => path).sort(),
    );
    for (const { deviceName, size, serial } of disks) {
      const spec = known.get(deviceName.replace('/dev/', ''));
      expect(BigInt(size), deviceName).toBe(BigInt(spec?.size as number));
      expect(serial, deviceName).toBe(spec?.serial ?? '');
    }
    expect(disks.filter(({ systemDisk }) => systemDisk)).toMatchObject([
      { deviceName: '/dev/sda', type: 'SSD' },
    ]);
  });

  test('a cluster of processes, of which the services are some', async () => {
    interface Process {
      readonly pid: number;
      readonly ppid: number;
      readonly command: string;
    }
    const { processes } = await one<{ processes: readonly Process[] }>('Processes');
    const pids = new Set(processes.map(({ pid }) => pid));
    expect(pids.size).toBe(processes.length);
    for (const { pid, ppid } of processes)
      if (pid !== 1 && ppid !== 0) expect(pids).toContain(ppid);
    const text = Buffer.from(await go.call<string>('Read', ['/proc/1/comm'], at), 'base64');
    expect(text.toString().trim()).toBe(processes.find(({ pid }) => pid === 1)?.command);
  });

  test('services that run, with the events that led there', async () => {
    interface Service {
      readonly id: string;
      readonly state: string;
      readonly health: { readonly healthy: boolean };
      readonly events: {
        readonly events: readonly { readonly state: string; readonly ts: string }[];
      };
    }
    const { services } = await one<{ services: readonly Service[] }>('ServiceList');
    const ids = services.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['apid', 'containerd', 'cri', 'etcd', 'kubelet', 'trustd']),
    );
    for (const { id, state, events } of services) {
      expect(events.events.at(-1)?.state, id).toBe(state);
      const times = events.events.map(({ ts }) => Date.parse(ts));
      expect(times, id).toEqual([...times].sort((a, b) => a - b));
    }
    const logs = await one<{ ids: readonly string[] }>('LogsContainers');
    expect(logs.ids).toEqual(expect.arrayContaining(ids.filter((id) => id !== 'dashboard')));
    const info = await go.call<readonly { Service: { id: string; state: string } }[]>(
      'ServiceInfo',
      ['etcd'],
      at,
    );
    expect(info).toHaveLength(1);
    expect(info[0]?.Service).toMatchObject({ id: 'etcd', state: 'Running' });
    const worker = await one<{ services: readonly Service[] }>('ServiceList', [], onWorker);
    expect(worker.services.map(({ id }) => id)).not.toContain('etcd');
  });

  test('containers that have statistics, logs and processes', async () => {
    interface Container {
      readonly id: string;
      readonly pid: number;
      readonly status: string;
      readonly image: string;
    }
    const args = ['k8s.io', 1];
    const { containers } = await one<{ containers: readonly Container[] }>('Containers', args);
    const { stats } = await one<{ stats: readonly { id: string }[] }>('Stats', args);
    const alive = containers.filter(({ status }) => status !== 'CONTAINER_EXITED');
    expect(stats.map(({ id }) => id).sort()).toEqual(alive.map(({ id }) => id).sort());
    const images = await all<{ name: string; digest: string; size: string }>('Image.List', [
      { containerd: { driver: 'CRI', namespace: 'NS_CRI' } },
    ]);
    const names = new Set(images.map(({ name }) => name));
    const running = containers.filter(({ status }) => status === 'CONTAINER_RUNNING');
    expect(running.length).toBeGreaterThan(3);
    for (const { image } of running) expect(names).toContain(image);
    for (const { digest, size } of images) {
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(BigInt(size)).toBeGreaterThan(0n);
    }
    for (const { id } of running.slice(0, 3)) {
      const lines = await all<{ bytes?: string }>('Logs', ['k8s.io', 1, id, false, 5]);
      expect(lines.length, id).toBeGreaterThan(0);
    }
  });

  test('files whose sizes add up to those of their folders', async () => {
    interface Usage {
      readonly name: string;
      readonly relativeName: string;
      readonly size: string;
    }
    const usage = await all<Usage>('DiskUsage', [{ paths: ['/etc'], all: true }]);
    const root = usage.at(-1);
    expect(root?.relativeName).toBe('.');
    const listed = await all<{ relativeName: string; size: string; isDir: boolean }>('LS', [
      { root: '/etc', recurse: true },
    ]);
    const names = new Set(listed.map(({ relativeName }) => relativeName));
    for (const { relativeName } of usage) expect(names).toContain(relativeName);
    const total = listed.reduce((sum, { size }) => sum + BigInt(size), 0n);
    expect(BigInt(root?.size ?? 0)).toBe(total);
  });

  test('mounts with files in them, and memory and counters that fit', async () => {
    interface Mount {
      readonly filesystem: string;
      readonly mountedOn: string;
      readonly size: string;
      readonly available: string;
    }
    const { stats } = await one<{ stats: readonly Mount[] }>('Mounts');
    expect(stats.map(({ mountedOn }) => mountedOn)).toEqual(expect.arrayContaining(['/', '/var']));
    for (const { size, available } of stats) {
      expect(BigInt(size)).toBeGreaterThanOrEqual(BigInt(available));
    }
    const text = Buffer.from(await go.call<string>('Read', ['/proc/meminfo'], at), 'base64');
    const { meminfo } = await one<{ meminfo: Record<string, string> }>('Memory');
    expect(text.toString()).toMatch(new RegExp(`^MemTotal: +${meminfo.memtotal} kB$`, 'm'));
    const { cpuInfo } = await one<{ cpuInfo: readonly object[] }>('Machine.CPUInfo', [{}]);
    const { cpu } = await one<{ cpu: readonly object[] }>('Machine.SystemStat', [{}]);
    expect(cpu).toHaveLength(cpuInfo.length);
    const { devices } = await one<{ devices: readonly { name: string; rxBytes: string }[] }>(
      'Machine.NetworkDeviceStats',
      [{}],
    );
    const links = await specs('network', 'LinkStatuses.net.talos.dev');
    for (const { name } of devices) expect([...links.keys()]).toContain(name);
  });

  test('sockets of processes that there are', async () => {
    interface Socket {
      readonly localport: number;
      readonly process: { readonly pid: number; readonly name: string };
    }
    const { connectrecord: records } = await one<{ connectrecord: readonly Socket[] }>('Netstat', [
      {
        filter: 'LISTENING',
        feature: { pid: true },
        l4proto: { tcp: true, tcp6: true },
        netns: { hostnetwork: true },
      },
    ]);
    const { processes } = await one<{ processes: readonly { pid: number; command: string }[] }>(
      'Processes',
    );
    const commands = new Map(processes.map(({ pid, command }) => [pid, command]));
    for (const { process } of records) expect(commands.get(process.pid)).toBe(process.name);
    const ports = records.map(({ localport }) => localport);
    expect(ports).toEqual(expect.arrayContaining([50_000, 50_001, 2379, 6443, 10_250]));
  });
});

const documents = [
  {
    apiVersion: 'v1alpha1',
    kind: 'LVMVolumeGroupConfig',
    name: 'pool',
    provisioning: { volumeSelector: { match: 'disk.transport == "virtio"' } },
  },
  {
    apiVersion: 'v1alpha1',
    kind: 'LVMLogicalVolumeConfig',
    name: 'data',
    type: 'linear',
    provisioning: { volumeGroup: 'pool', maxSize: '1GiB' },
  },
].map((document) => JSON.stringify(document));

describe('volumes of LVM', () => {
  test('are configured, listed and taken apart by the official client', async () => {
    const loaded = await go.command<{ kinds: readonly string[] }>({
      do: 'read',
      format: 'configuration',
      content: Buffer.from(documents.join('\n---\n')).toString('base64'),
    });
    expect(loaded.kinds).toEqual(['LVMVolumeGroupConfig', 'LVMLogicalVolumeConfig']);
    const base = cluster.machineConfig({ type: 'controlplane', hostname: 'cp-2' });
    const apply = (text: string) =>
      one('ApplyConfiguration', [
        { data: Buffer.from(text).toString('base64'), mode: 'NO_REBOOT' },
      ]);
    await apply([base, ...documents].join('\n---\n'));
    const group = () => specs('storage', 'LVMVolumeGroupStatuses.storage.talos.dev');
    const volumes = () => specs('storage', 'LVMLogicalVolumeStatuses.storage.talos.dev');
    expect([...(await group()).keys()]).toEqual(['pool']);
    expect([...(await volumes()).keys()]).toEqual(['pool-data']);
    await apply(base);
    await go.call('LogicalVolumeRemove', [{ volumeGroup: 'pool', logicalVolume: 'data' }], at);
    expect([...(await volumes()).keys()]).toEqual([]);
    await go.call('VolumeGroupRemove', [{ volumeGroup: 'pool' }], at);
    expect([...(await group()).keys()]).toEqual([]);
    await go.call('PhysicalVolumeRemove', [{ device: '/dev/sdb' }], at);
    await go.call('BlockDeviceWipe', [{ devices: [{ device: 'sdb', method: 'FAST' }] }], at);
  });
});
