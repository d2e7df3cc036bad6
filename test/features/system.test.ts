import { ManualClock, type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SystemMethods, system, systemMethods } from '../../generated/features/system.js';
import type { Target } from '../../src/runtime/target.js';
import { containers } from '../../testkit/src/topics/containers/containers.js';
import { services } from '../../testkit/src/topics/services/services.js';
import { recordCoverage } from '../support/coverage.js';
import { expectDeadline, expectRefused, failureOf, tlsCluster } from '../support/feature-calls.js';

const covered = recordCoverage();
const names = Object.keys(systemMethods) as readonly (keyof SystemMethods)[];

const clock = new ManualClock();
let cluster: SimulatedCluster;
let controlPlane: Target;
let worker: Target;

beforeAll(async () => {
  cluster = covered(await simulateCluster({ workers: 1, transport: 'tls', clock }));
  const talos = cluster.client();
  controlPlane = talos.node('10.5.0.2');
  worker = talos.node('10.5.0.3');
});

afterAll(() => cluster.close());

/** How long the nodes are up, in seconds. */
function uptime(): number {
  return (clock.now() - cluster.node('cp-1').machine.bootedAt) / 1000;
}

describe.each(names)('%s', (name) => {
  it('is refused to roles that do not read', async () => {
    for (const role of ['os:meta:writer', 'os:etcd:backup'] as const) {
      await expectRefused(system(cluster.client({ role }).node('10.5.0.3'))[name]());
    }
  });

  it('is open to readers and operators', async () => {
    for (const role of ['os:reader', 'os:operator'] as const) {
      await system(cluster.client({ role }).node('10.5.0.3'))[name]();
    }
  });

  it('ends at the deadline of the caller', async () => {
    await expectDeadline(cluster.node('worker-1'), systemMethods[name], (options) =>
      system(worker)[name]({}, options),
    );
  });

  it('fails with the status that the node gives', async () => {
    const message = 'open /proc: permission denied';
    const release = cluster.node('worker-1').fail(systemMethods[name], 'unknown', { message });
    expect(await failureOf(system(worker)[name]())).toMatchObject({
      status: 'unknown',
      node: '10.5.0.3',
      reason: message,
    });
    release();
  });
});

describe('version', () => {
  it('tells the release and the platform, and that there are roles', async () => {
    const reply = await system(worker).version();
    expect(reply).toMatchObject({
      metadata: undefined,
      version: { tag: 'v1.14.0', os: 'linux', arch: 'amd64' },
      platform: { name: 'metal', mode: 'metal' },
      features: { rbac: true },
    });
    expect(reply.version?.sha).toMatch(/^[0-9a-f]{8}$/);
  });

  it('does not mention roles on a node without its configuration', async () => {
    const fresh = covered(await tlsCluster({ maintenance: true }));
    const { version, features } = await system(fresh.client({ endpoint: 'cp-1' })).version();
    expect(version?.tag).toBe('v1.14.0');
    expect(features).toBeUndefined();
  });

  it('is that of each node while a cluster is between two releases', async () => {
    const mixed = covered(await tlsCluster({ workers: 1, talosVersion: 'v1.13.2' }));
    mixed.node('worker-1').machine.setTalosVersion('v1.14.0');
    const results = await mixed
      .client()
      .nodes()
      .each(async (node) => system(node).version());
    const tags = results.map((result) => (result.ok ? result.value.version?.tag : undefined));
    expect(tags.sort()).toEqual(['v1.13.2', 'v1.14.0']);
  });
});

it('hostname is the name of the node', async () => {
  expect(await system(controlPlane).hostname()).toMatchObject({ hostname: 'cp-1' });
  expect(await system(worker).hostname()).toMatchObject({ hostname: 'worker-1' });
});

it('cpuInfo lists the processors', async () => {
  const { cpuInfo } = await system(worker).cpuInfo();
  expect(cpuInfo.map(({ processor }) => processor)).toEqual([0, 1, 2, 3]);
  for (const { cpuMhz, siblings, flags } of cpuInfo) {
    expect(siblings).toBe(4);
    expect(flags).toContain('aes');
    expect(cpuMhz).toBeGreaterThan(1000);
  }
});

describe('cpuFreqStats', () => {
  it('is what /proc/cpuinfo says, within its bounds', async () => {
    const { cpuFreqStats } = await system(worker).cpuFreqStats();
    const { cpuInfo } = await system(worker).cpuInfo();
    expect(cpuFreqStats).toHaveLength(4);
    for (const [core, frequency] of cpuFreqStats.entries()) {
      const { currentFrequency, minimumFrequency, maximumFrequency } = frequency;
      expect(currentFrequency).toBeGreaterThanOrEqual(minimumFrequency);
      expect(currentFrequency).toBeLessThanOrEqual(maximumFrequency);
      expect(Number(currentFrequency) / 1000).toBeCloseTo(cpuInfo[core]?.cpuMhz ?? 0);
    }
  });

  it('is not known to releases before 1.9', async () => {
    const old = covered(await tlsCluster({ talosVersion: 'v1.8.4' }));
    expect(await failureOf(system(old.client()).cpuFreqStats())).toMatchObject({
      status: 'unimplemented',
    });
  });
});

describe('diskStats', () => {
  it('counts each device, and all of them together', async () => {
    const { total, devices } = await system(controlPlane).diskStats();
    expect(devices.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['loop0', 'sda', 'sda4', 'sdb']),
    );
    const written = devices.reduce((sum, { writeSectors }) => sum + writeSectors, 0n);
    expect(total?.writeSectors).toBe(written);
    expect(written).toBeGreaterThan(0n);
  });

  it('grows with time, faster where etcd writes', async () => {
    const writes = async (target: Target) =>
      (await system(target).diskStats()).total?.writeCompleted ?? 0n;
    const before = [await writes(controlPlane), await writes(worker)] as const;
    await clock.advance(60_000);
    const grown = [
      (await writes(controlPlane)) - before[0],
      (await writes(worker)) - before[1],
    ] as const;
    expect(grown[1]).toBeGreaterThan(0n);
    expect(grown[0]).toBeGreaterThan(grown[1]);
  });
});

it('loadAvg comes up after the boot, the one over a minute first', async () => {
  const fresh = new ManualClock();
  const young = covered(await tlsCluster({ clock: fresh }));
  young.node('cp-1').kill();
  young.node('cp-1').powerOn();
  await fresh.advance(30_000);
  expect(young.node('cp-1').stage).toBe('RUNNING');
  const { load1, load5, load15 } = await system(young.client().node('10.5.0.2')).loadAvg();
  expect(load1).toBeGreaterThan(load5);
  expect(load5).toBeGreaterThan(load15);
  const settled = await system(controlPlane).loadAvg();
  expect(settled.load15).toBeGreaterThan(load15);
});

describe('memory', () => {
  it('has parts that fit together, in KiB', async () => {
    const { meminfo } = await system(controlPlane).memory();
    if (meminfo === undefined) throw new Error('there is no memory');
    const { memtotal, memfree, memavailable, cached, active, inactive } = meminfo;
    expect(memtotal).toBeGreaterThan(7n * 1024n * 1024n);
    expect(memtotal).toBeLessThan(8n * 1024n * 1024n);
    expect(memavailable).toBeGreaterThan(memfree);
    expect(memfree + cached).toBeLessThan(memtotal);
    expect(active).toBe(meminfo.activeanon + meminfo.activefile);
    expect(inactive).toBe(meminfo.inactiveanon + meminfo.inactivefile);
    expect(meminfo.slab).toBe(meminfo.sreclaimable + meminfo.sunreclaim);
  });

  it('is used more on control planes than on workers', async () => {
    const used = async (target: Target) => (await system(target).memory()).meminfo?.anonpages ?? 0n;
    expect(await used(controlPlane)).toBeGreaterThan(await used(worker));
  });
});

describe('processes', () => {
  it('are those of the services and the containers that the node runs', async () => {
    const { processes } = await system(controlPlane).processes();
    const { machine } = cluster.node('cp-1');
    const pids = new Map(processes.map(({ pid, command }) => [pid, command]));
    for (const id of ['apid', 'kubelet', 'etcd', 'trustd', 'udevd']) {
      expect(pids.get(machine.state(services).find(id)?.pid ?? 0)).toBe(id);
    }
    for (const pod of machine.state(containers).pods) {
      for (const { name, pid } of pod.containers) {
        if (pid !== 0) expect(pids.get(pid)).toBe(name.slice(0, 15));
      }
    }
    expect(processes[0]).toMatchObject({ pid: 1, ppid: 0, executable: '/usr/bin/init' });
  });

  it('have parents that run too, and ids that are their own', async () => {
    const { processes } = await system(worker).processes();
    const pids = processes.map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(pids.length);
    for (const { pid, ppid } of processes) if (pid !== 1) expect(pids).toContain(ppid);
  });

  it('use processor time as it passes', async () => {
    const spent = async () => {
      const { processes } = await system(controlPlane).processes();
      return processes.find(({ command }) => command === 'kube-apiserver')?.cpuTime ?? 0;
    };
    const before = await spent();
    await clock.advance(600_000);
    expect(await spent()).toBeGreaterThan(before);
  });
});

describe('systemStat', () => {
  it('shares the time since the boot out to what the processors did', async () => {
    const { bootTime, cpu, cpuTotal } = await system(worker).systemStat();
    expect(bootTime).toBe(BigInt(Math.floor(cluster.node('worker-1').machine.bootedAt / 1000)));
    expect(cpu).toHaveLength(4);
    for (const times of cpu) {
      const { user, nice, system: kernel, idle, iowait, irq, softIrq, steal } = times;
      expect(user + nice + kernel + idle + iowait + irq + softIrq + steal).toBeCloseTo(uptime(), 0);
    }
    expect(cpuTotal?.idle).toBeCloseTo(
      cpu.reduce((sum, { idle }) => sum + idle, 0),
      1,
    );
  });

  it('has totals of its interrupts', async () => {
    const { irqTotal, irq, softIrqTotal, softIrq } = await system(worker).systemStat();
    expect(irqTotal).toBe(irq.reduce((sum, count) => sum + count, 0n));
    const counts = Object.values(softIrq ?? {}) as readonly bigint[];
    expect(softIrqTotal).toBe(counts.reduce((sum, count) => sum + count, 0n));
  });

  it('counts on', async () => {
    const before = await system(worker).systemStat();
    await clock.advance(10_000);
    const after = await system(worker).systemStat();
    expect(after.contextSwitches).toBeGreaterThan(before.contextSwitches);
    expect(after.processCreated).toBeGreaterThan(before.processCreated);
  });
});
