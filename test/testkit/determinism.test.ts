import { describe, expect, it } from 'vitest';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { resources } from '../../generated/features/resources.js';
import { isTalosError } from '../../src/runtime/errors/any-error.js';
import { rpcName } from '../../src/runtime/method.js';
import { serverMethods } from '../../testkit/generated/methods.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import type { SimulatedCluster } from '../../testkit/src/cluster/cluster.js';
import { resourceKinds } from '../../testkit/src/topics/cosi/kinds/index.js';
import { callAny } from './any-method.js';
import { collected, startCluster } from './support.js';

const allTraffic = {
  feature: { pid: true },
  l4proto: { tcp: true, tcp6: true, udp: true, udp6: true },
  netns: { hostnetwork: true, allnetns: true },
};

/** Every RPC that only reads, and what to ask of it. Endless streams are read so far. */
const reads: Readonly<Record<string, { readonly request?: object; readonly limit?: number }>> = {
  'cluster.ClusterService/HealthCheck': { request: { waitTimeout: { seconds: 60n } } },
  'inspect.InspectService/ControllerRuntimeDependencies': {},
  'machine.ImageService/List': {
    request: { containerd: { driver: 'CRI', namespace: 'NS_SYSTEM' } },
  },
  'machine.ImageService/Verify': { request: { imageRef: 'alpine' } },
  'machine.MachineService/CPUFreqStats': {},
  'machine.MachineService/CPUInfo': {},
  'machine.MachineService/Containers': { request: { namespace: 'k8s.io', driver: 'CRI' } },
  'machine.MachineService/DiskStats': {},
  'machine.MachineService/DiskUsage': { request: { paths: ['/var/log'], all: true } },
  'machine.MachineService/Copy': { request: { rootPath: '/var/log' } },
  'machine.MachineService/Dmesg': {},
  'machine.MachineService/EtcdAlarmList': {},
  'machine.MachineService/EtcdDowngradeValidate': { request: { version: '3.6' } },
  'machine.MachineService/EtcdMemberList': {},
  'machine.MachineService/EtcdSnapshot': {},
  'machine.MachineService/EtcdStatus': {},
  'machine.MachineService/Events': { request: { tailEvents: -1 }, limit: 50 },
  'machine.MachineService/Hostname': {},
  'machine.MachineService/ImageList': { request: { namespace: 'NS_CRI' } },
  'machine.MachineService/List': { request: { root: '/var', recurse: true } },
  'machine.MachineService/LoadAvg': {},
  'machine.MachineService/Logs': {
    request: { namespace: 'system', id: 'machined', tailLines: -1 },
  },
  'machine.MachineService/LogsContainers': {},
  'machine.MachineService/Memory': {},
  'machine.MachineService/Mounts': {},
  'machine.MachineService/Netstat': { request: allTraffic },
  'machine.MachineService/NetworkDeviceStats': {},
  'machine.MachineService/PacketCapture': { request: { interface: 'eth0' }, limit: 1 },
  'machine.MachineService/Processes': {},
  'machine.MachineService/Read': { request: { path: '/proc/meminfo' } },
  'machine.MachineService/ServiceList': {},
  'machine.MachineService/Stats': { request: { namespace: 'k8s.io', driver: 'CRI' } },
  'machine.MachineService/SystemStat': {},
  'machine.MachineService/Version': {},
  'storage.StorageService/Disks': {},
  'time.TimeService/Time': {},
  'time.TimeService/TimeCheck': { request: { server: 'pool.ntp.org' } },
};

/** Read otherwise, or full of keys, which are new in each cluster. */
const others = /^cosi\.resource\.State\/|\/Kubeconfig$/;

/** Resources with keys and certificates in them. */
const withKeys = /^(ApiCertificates|\w+RootSecrets|MachineConfigs)\./;

function text(value: unknown): string {
  return JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? `${entry}n` : entry));
}

/** Everything that one node shows, by what was asked. */
async function shown(cluster: SimulatedCluster, name: string): Promise<Map<string, string>> {
  const talos = cluster.client({ timeoutMs: 'none' }).node(cluster.node(name).address);
  const seen = new Map<string, string>();
  for (const { method } of serverMethods) {
    const read = reads[rpcName(method)];
    if (read === undefined) continue;
    const replies = callAny(talos, method, read.request, read.limit).catch(refusal);
    seen.set(`${name}: ${rpcName(method)}`, text(await replies));
  }
  for (const { type, namespace } of Object.values(resourceKinds)) {
    if (withKeys.test(type)) continue;
    const list = await collected(resources(talos).list({ namespace, type }));
    seen.set(`${name}: ${type}`, text(list));
  }
  return seen;
}

/** What a node says that does not have what was asked for: a worker has no etcd. */
function refusal(error: unknown): string {
  if (isTalosError(error) && error.code === 'rpc' && error.status === 'unimplemented') {
    return error.reason;
  }
  throw error;
}

/** What the nodes of a cluster show after the same calls at the same times. */
async function history(seed: number): Promise<Map<string, string>> {
  const clock = new ManualClock(Date.UTC(2026, 0, 2));
  const cluster = await startCluster({ controlPlanes: 3, workers: 1, seed, clock });
  await clock.advance(90_000);
  await lifecycle(cluster.client().node('10.5.0.3')).reboot({ mode: 'DEFAULT' });
  await clock.advance(300_000);
  expect(cluster.node('cp-2').stage).toBe('RUNNING');
  return new Map([...(await shown(cluster, 'cp-2')), ...(await shown(cluster, 'worker-1'))]);
}

describe('a cluster with a seed', () => {
  it('is asked everything that can be read', () => {
    const known = serverMethods
      .map(({ method }) => method)
      .filter(({ idempotency }) => idempotency === 'read')
      .map(rpcName)
      .filter((rpc) => !others.test(rpc));
    expect(Object.keys(reads).sort()).toEqual(known.sort());
  });

  it('shows the same in every run, after a reboot too, and another one with another seed', async () => {
    const first = await history(5);
    const second = await history(5);
    expect([...second.keys()]).toEqual([...first.keys()]);
    for (const [what, reply] of first)
      expect(`${what} ${second.get(what)}`).toBe(`${what} ${reply}`);
    const other = await history(6);
    const differing = [...first].filter(([what, reply]) => other.get(what) !== reply);
    expect(differing.length).toBeGreaterThan(40);
  });
});
