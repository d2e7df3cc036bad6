import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { cluster, clusterMethods } from '../../generated/features/cluster.js';
import { containers, containersMethods } from '../../generated/features/containers.js';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { eventsMethods } from '../../generated/features/events.js';
import { files, filesMethods } from '../../generated/features/files.js';
import { images, imagesMethods } from '../../generated/features/images.js';
import { inspect, inspectMethods } from '../../generated/features/inspect.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { network, networkMethods } from '../../generated/features/network.js';
import { resources, resourcesMethods } from '../../generated/features/resources.js';
import { services, servicesMethods } from '../../generated/features/services.js';
import { storage, storageMethods } from '../../generated/features/storage.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { decodeEvent, events } from '../../src/events/index.js';
import { rpcName } from '../../src/runtime/method.js';
import { collect, collectBytes, text } from '../../src/runtime/streams/collect.js';
import { lines } from '../../src/runtime/streams/lines.js';
import { fromMs } from '../../src/runtime/time.js';
import { allMethods } from '../../testkit/src/base/calls/methods.js';
import { Checks, liveCluster } from './cluster.js';

const live = await liveCluster();
const checks = new Checks(live);
const check = checks.check.bind(checks);

afterAll(() => live.talos.close());

describe('system', () => {
  check(systemMethods.version, 'names a release', async (node) => {
    const { version, platform } = await system(node).version();
    expect(version?.tag).toMatch(/^v1\.\d+\.\d+/);
    expect(version?.os).toBe('linux');
    expect(platform?.name).not.toBe('');
  });

  check(systemMethods.hostname, 'is a name', async (node) => {
    expect((await system(node).hostname()).hostname).toMatch(/^[\w.-]+$/);
  });

  check(systemMethods.memory, 'has some, and some of it is available', async (node) => {
    const { meminfo } = await system(node).memory();
    expect(meminfo?.memtotal).toBeGreaterThan(512n * 1024n);
    expect(meminfo?.memavailable).toBeGreaterThan(0n);
  });

  check(systemMethods.cpuInfo, 'knows its processors', async (node) => {
    const { cpuInfo } = await system(node).cpuInfo();
    expect(cpuInfo.length).toBeGreaterThan(0);
  });

  check(
    systemMethods.cpuFreqStats,
    'answers for each processor',
    async (node) => {
      const { cpuFreqStats } = await system(node).cpuFreqStats();
      expect(cpuFreqStats.length).toBeGreaterThan(0);
    },
    { inContainers: false },
  );

  check(systemMethods.systemStat, 'booted in the past', async (node) => {
    const { bootTime, cpuTotal } = await system(node).systemStat();
    expect(Number(bootTime) * 1000).toBeLessThan(Date.now());
    expect(cpuTotal?.user).toBeGreaterThan(0);
  });

  check(systemMethods.loadAvg, 'is no negative number', async (node) => {
    const { load1, load5, load15 } = await system(node).loadAvg();
    for (const load of [load1, load5, load15]) expect(load).toBeGreaterThanOrEqual(0);
  });

  check(systemMethods.processes, 'has the first process', async (node) => {
    const { processes } = await system(node).processes();
    expect(processes.some(({ pid }) => pid === 1)).toBe(true);
  });

  check(systemMethods.diskStats, 'counts in total', async (node) => {
    expect((await system(node).diskStats()).total).toBeDefined();
  });
});

describe('services and containers', () => {
  check(servicesMethods.list, 'runs apid, machined and kubelet', async (node) => {
    const { services: list } = await services(node).list();
    const running = list.filter(({ state }) => state === 'Running').map(({ id }) => id);
    expect(running).toEqual(expect.arrayContaining(['apid', 'machined', 'kubelet']));
  });

  check(containersMethods.list, 'shows the pods of the node', async (node) => {
    const { containers: list } = await containers(node).list({
      namespace: 'k8s.io',
      driver: 'CRI',
    });
    expect(list.some(({ id }) => id.startsWith('kube-system/'))).toBe(true);
  });

  check(containersMethods.stats, 'measures what runs', async (node) => {
    const { stats } = await containers(node).stats({ namespace: 'k8s.io', driver: 'CRI' });
    expect(stats.some(({ memoryUsage }) => memoryUsage > 0n)).toBe(true);
  });
});

describe('logs and events', () => {
  check(logsMethods.logs, 'has the last lines of the kubelet', async (node) => {
    const request = { namespace: 'system', id: 'kubelet', follow: false, tailLines: 3 };
    const tail = await collect(lines(logs(node).logs(request)));
    expect(tail.length).toBeGreaterThan(0);
    expect(tail.length).toBeLessThanOrEqual(3);
  });

  check(logsMethods.logs, 'is followed until the reader leaves', async (node) => {
    const request = { namespace: 'system', id: 'kubelet', follow: true, tailLines: 1 };
    for await (const line of lines(logs(node).logs(request))) {
      expect(line).not.toBe('');
      break;
    }
  });

  check(logsMethods.containers, 'names the logs', async (node) => {
    const { ids } = await logs(node).containers();
    expect(ids).toEqual(expect.arrayContaining(['apid', 'kubelet']));
  });

  check(
    logsMethods.dmesg,
    'has records of the kernel',
    async (node) => {
      for await (const record of logs(node).dmesg()) {
        expect(Buffer.from(record).toString()).toMatch(/^\w+: +\w+: \[\d{4}-\d\d-\d\dT/);
        break;
      }
    },
    { inContainers: false },
  );

  check(eventsMethods.watch, 'begins with a greeting', async (node) => {
    for await (const event of events(node).watch()) {
      expect(decodeEvent(event).payload.case).toBe('hello');
      expect(event.id).toMatch(/^[0-9a-v]{20}$/);
      break;
    }
  });
});

describe('files', () => {
  check(filesMethods.list, 'lists the root, itself first', async (node) => {
    const found = await collect(files(node).list({ root: '/' }));
    expect(found[0]?.relativeName).toBe('.');
    const names = found.map(({ relativeName }) => relativeName);
    expect(names).toEqual(expect.arrayContaining(['etc', 'proc', 'var']));
  });

  check(filesMethods.diskUsage, 'adds a folder up', async (node) => {
    const found = await collect(files(node).diskUsage({ paths: ['/etc/kubernetes'] }));
    expect(found.at(-1)?.size).toBeGreaterThan(0n);
  });

  check(filesMethods.mounts, 'has a root', async (node) => {
    const { stats } = await files(node).mounts();
    expect(stats.map(({ mountedOn }) => mountedOn)).toContain('/');
  });

  check(filesMethods.read, 'reads a file of the kernel', async (node) => {
    const id = await text(files(node).read({ path: '/proc/sys/kernel/random/boot_id' }));
    expect(id.trim()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  check(filesMethods.copy, 'gives an archive', async (node) => {
    const tar = gunzipSync(await collectBytes(files(node).copy({ rootPath: '/etc/os-release' })));
    expect(tar.toString('latin1')).toContain('Talos');
  });
});

describe('network', () => {
  check(networkMethods.netstat, 'listens on the port of the API', async (node) => {
    const { connectrecord } = await network(node).netstat({
      filter: 'LISTENING',
      l4proto: { tcp: true, tcp6: true },
      netns: { hostnetwork: true },
    });
    expect(connectrecord.map(({ localport }) => localport)).toContain(50_000);
  });

  check(networkMethods.deviceStats, 'counts what its devices carry', async (node) => {
    const { devices } = await network(node).deviceStats();
    expect(devices.map(({ name }) => name)).toContain('lo');
    expect(devices.some(({ rxBytes }) => rxBytes > 0n)).toBe(true);
  });

  check(networkMethods.packetCapture, 'begins a capture file', async (node) => {
    for await (const chunk of network(node).packetCapture({ interface: 'lo' })) {
      expect(Buffer.from(chunk).readUInt32LE()).toBe(0xa1b23c4d);
      break;
    }
  });
});

describe('resources', () => {
  const status = {
    namespace: 'runtime',
    type: 'MachineStatuses.runtime.talos.dev',
    id: 'machine',
  };

  check(resourcesMethods.get, 'has the status of the machine', async (node) => {
    const { resource } = await resources(node).get(status);
    expect(resource?.spec?.yamlSpec).toContain('stage: running');
    expect(resource?.spec?.protoSpec.length).toBeGreaterThan(0);
  });

  check(resourcesMethods.list, 'defines its types', async (node) => {
    const type = 'ResourceDefinitions.meta.cosi.dev';
    const found = await collect(resources(node).list({ namespace: 'meta', type }));
    const ids = found.map(({ resource }) => resource?.metadata?.id);
    expect(ids).toContain('machinestatuses.runtime.talos.dev');
    expect(ids.length).toBeGreaterThan(40);
  });

  check(resourcesMethods.watch, 'tells what there is, and then that this was all', async (node) => {
    const { namespace, type } = status;
    const types: unknown[] = [];
    const watch = resources(node).watch({
      namespace,
      type,
      apiVersion: 1,
      options: { bootstrapContents: true },
    });
    for await (const { event } of watch) {
      types.push(...event.map(({ eventType }) => eventType));
      if (types.includes('BOOTSTRAPPED')) break;
    }
    expect(types).toEqual(['CREATED', 'BOOTSTRAPPED']);
  });
});

describe('images and storage', () => {
  const containerd = { driver: 'CRI', namespace: 'NS_CRI' } as const;

  check(imagesMethods.list, 'has images of Kubernetes', async (node) => {
    const found = await collect(images(node).list({ containerd }));
    expect(found.some(({ name }) => name.includes('pause'))).toBe(true);
  });

  check(imagesMethods.listLegacy, 'has images of Kubernetes', async (node) => {
    const found = await collect(images(node).listLegacy({ namespace: 'NS_CRI' }));
    expect(found.some(({ name }) => name.includes('pause'))).toBe(true);
  });

  check(
    storageMethods.disks,
    'has one that the system is on',
    async (node) => {
      const { disks } = await storage(node).disks();
      expect(disks.some(({ systemDisk }) => systemDisk)).toBe(true);
    },
    { inContainers: false },
  );
});

describe('controllers', () => {
  check(inspectMethods.controllerRuntimeDependencies, 'depend on each other', async (node) => {
    const { edges } = await inspect(node).controllerRuntimeDependencies();
    expect(edges.length).toBeGreaterThan(10);
  });
});

describe('etcd', () => {
  check(etcdMethods.memberList, 'has members with ids', async (node) => {
    const { members } = await etcd(node).memberList();
    expect(members.length).toBeGreaterThan(0);
    for (const { id } of members) expect(id).not.toBe(0n);
  });

  check(etcdMethods.status, 'has a leader among its members', async (node) => {
    const { memberStatus } = await etcd(node).status();
    const { members } = await etcd(node).memberList();
    expect(members.map(({ id }) => id)).toContain(memberStatus?.leader);
    expect(memberStatus?.dbSize).toBeGreaterThan(0n);
  });

  check(etcdMethods.alarmList, 'says whose alarms they are', async (node) => {
    const { memberAlarms } = await etcd(node).alarmList();
    for (const { memberId } of memberAlarms) expect(memberId).not.toBe(0n);
  });

  check(etcdMethods.snapshot, 'ends with the digest of what came before', async (node) => {
    const bytes = await collectBytes(etcd(node).snapshot());
    expect(bytes.length % 512).toBe(32);
    const digest = createHash('sha256').update(bytes.subarray(0, -32)).digest();
    expect(digest.equals(bytes.subarray(-32))).toBe(true);
  });
});

describe('cluster', () => {
  check(
    clusterMethods.healthCheck,
    'is healthy',
    async (node) => {
      const told = await collect(cluster(node).healthCheck({ waitTimeout: fromMs(60_000) }));
      expect(told.at(-1)?.message).toContain('OK');
    },
    // Others may call it, but its checks read secrets and never hold for them.
    { roles: ['os:admin'] },
  );
});

/** RPCs that read, and why they are not called here. */
const leftOut: Readonly<Record<string, string>> = {
  'machine.MachineService/Kubeconfig': 'makes a certificate for an admin',
  'machine.MachineService/EtcdDowngradeValidate': 'is for a cluster that is about to be downgraded',
  'machine.ImageService/Verify': 'asks a registry outside the cluster',
  'time.TimeService/Time': 'asks a time server outside the cluster',
  'time.TimeService/TimeCheck': 'asks a time server outside the cluster',
};

it('calls every RPC that only reads, except those with a reason', () => {
  const reading = allMethods()
    .filter(({ idempotency }) => idempotency === 'read')
    .map((method) => rpcName(method))
    .sort();
  expect([...checks.checked, ...Object.keys(leftOut)].sort()).toEqual(reading);
});
