import { describe, expect, it } from 'vitest';
import { containers } from '../../../generated/features/containers.js';
import { files } from '../../../generated/features/files.js';
import { system } from '../../../generated/features/system.js';
import type { Target } from '../../../src/index.js';
import { untar } from '../../support/untar.js';
import { startCluster } from '../support.js';

async function archiveOf(target: Target, rootPath: string) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files(target).copy({ rootPath })) chunks.push(chunk);
  return untar(Buffer.concat(chunks));
}

/** A control group as talosctl reads it: its files by name, and the groups in it. */
interface Group {
  readonly values: Record<string, string>;
  readonly groups: Record<string, Group>;
}

function treeOf(entries: Awaited<ReturnType<typeof archiveOf>>): Group {
  const root: Group = { values: {}, groups: {} };
  for (const { name, type, content } of entries) {
    if (type !== '0') continue;
    const path = name.split('/');
    const file = path.pop() as string;
    let group = root;
    for (const part of path) {
      group.groups[part] ??= { values: {}, groups: {} };
      group = group.groups[part];
    }
    group.values[file] = content.toString();
  }
  return root;
}

/** `user_usec 12` as Talos' reader takes it. */
function flat(text = ''): Record<string, number> {
  const lines = text.split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      expect(line).toMatch(/^\S+ \d+$/);
      const [name, value] = line.split(' ') as [string, string];
      return [name, Number(value)];
    }),
  );
}

function all(group: Group, path = ''): [path: string, group: Group][] {
  return [
    [path, group] as [string, Group],
    ...Object.entries(group.groups).flatMap(([name, one]) => all(one, `${path}/${name}`)),
  ];
}

async function asked(maintenance = false) {
  const cluster = await startCluster({ workers: 1, maintenance });
  // The calls of talosctl in their order: cmd/talosctl/cmd/talos/cgroups.go of v1.14.0-rc.1.
  const target = cluster.client().node('10.5.0.2');
  const { processes } = await system(target).processes();
  const devices = await archiveOf(target, '/sys/dev/block');
  const tree = treeOf(await archiveOf(target, '/sys/fs/cgroup'));
  const list = await containers(target).list({ namespace: 'k8s.io', driver: 'CRI' });
  return { processes, devices, tree, containers: list.containers };
}

// talosctl cgroups, whose presets print these files.
describe('what talosctl cgroups asks of a node', () => {
  it('has the control groups that Talos makes, with what they are promised', async () => {
    const { tree } = await asked();
    expect(Object.keys(tree.groups)).toEqual(['init', 'kubepods', 'podruntime', 'system']);
    const { init, podruntime, system } = tree.groups as Record<string, Group>;
    expect(init?.values).toMatchObject({
      'cgroup.procs': '1\n',
      'memory.min': '100663296\n',
      'memory.low': '201326592\n',
      'memory.max': 'max\n',
      'cpu.weight': '79\n',
    });
    expect(Object.keys(podruntime?.groups ?? {})).toEqual(['etcd', 'kubelet', 'runtime', 'shim']);
    expect(Object.keys(system?.groups ?? {})).toEqual([
      'apid',
      'dashboard',
      'extensions',
      'runtime',
      'trustd',
      'udevd',
    ]);
    expect(system?.groups.apid?.values).toMatchObject({
      'memory.min': '16777216\n',
      'memory.max': '134217728\n',
      'memory.swap.max': '0\n',
    });
  });

  it('has every file that a column is made of, in each group', async () => {
    const { tree } = await asked();
    const columns = [
      ...['cpu.weight', 'cpu.weight.nice', 'cpu.max', 'cpu.stat', 'cpu.pressure'],
      ...['cpuset.cpus', 'cpuset.cpus.effective', 'cpuset.mems', 'cpuset.mems.effective'],
      ...['io.stat', 'io.pressure', 'memory.current', 'memory.peak', 'memory.low', 'memory.high'],
      ...['memory.min', 'memory.max', 'memory.pressure', 'pids.current', 'pids.peak', 'pids.max'],
      ...['cgroup.procs', 'cgroup.threads', 'memory.swap.current', 'memory.swap.peak'],
      ...['memory.swap.high', 'memory.swap.max', 'memory.zswap.current', 'memory.zswap.max'],
      'memory.zswap.writeback',
    ];
    for (const [path, { values }] of all(tree)) {
      const missing = columns.filter((name) => values[name] === undefined);
      // The kernel has less for the root: talosctl prints `unset` there.
      if (path === '') expect(missing).toContain('memory.current');
      else expect([path, missing]).toEqual([path, []]);
      for (const name of ['cpu.pressure', 'io.pressure', 'memory.pressure']) {
        expect(values[name]).toMatch(
          /^some avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=\d+\nfull avg10=0\.00 avg60=0\.00 avg300=0\.00 total=\d+\n$/,
        );
      }
    }
  });

  it('has each process in one group, whose parents count what it uses', async () => {
    const { tree, processes } = await asked();
    const groups = all(tree);
    const pids = groups.flatMap(([, { values }]) => values['cgroup.procs']?.match(/\d+/g) ?? []);
    expect(pids.map(Number).sort((a, b) => a - b)).toEqual(processes.map(({ pid }) => pid));
    for (const [path, { values, groups: below }] of groups) {
      const { user_usec = 0, system_usec = 0, usage_usec } = flat(values['cpu.stat']);
      expect([path, usage_usec]).toEqual([path, user_usec + system_usec]);
      const children = Object.values(below);
      const used = children.map((child) => flat(child.values['cpu.stat']).usage_usec as number);
      expect(usage_usec).toBeGreaterThanOrEqual(used.reduce((sum, one) => sum + one, 0));
      if (path === '') continue;
      const memory = Number(values['memory.current']);
      expect(Number(values['memory.peak'])).toBeGreaterThanOrEqual(memory);
      const { anon = 0, file = 0, kernel = 0 } = flat(values['memory.stat']);
      expect(memory).toBe(anon + file + kernel);
      const parts = children.map((child) => Number(child.values['memory.current']));
      if (parts.length > 0 && values['cgroup.procs'] === '') {
        expect(memory).toBe(parts.reduce((sum, one) => sum + one, 0));
      }
      expect(values['cgroup.threads']?.match(/\d+/g)?.length ?? 0).toBeLessThanOrEqual(
        Number(values['pids.current']),
      );
    }
  });

  it('names pods and containers by ids that the list of containers knows', async () => {
    const { tree, containers: list } = await asked();
    const pods = { ...tree.groups.kubepods?.groups.burstable?.groups };
    const modest = { ...tree.groups.kubepods?.groups.besteffort?.groups };
    // Services run in the same runtime, and are in no pod.
    const uids = new Set(list.filter(({ uid }) => uid !== '').map(({ uid }) => `pod${uid}`));
    expect(new Set([...Object.keys(pods), ...Object.keys(modest)])).toEqual(uids);
    const ids = new Set(list.map(({ internalId }) => internalId));
    for (const group of [...Object.values(pods), ...Object.values(modest)]) {
      expect(Object.keys(group.groups).length).toBeGreaterThan(1);
      for (const id of Object.keys(group.groups)) expect(ids).toContain(id);
    }
    expect(Object.keys(modest)).toHaveLength(1);
  });

  it('counts reads and writes by numbers of disks, whose names /sys/dev/block has', async () => {
    const { tree, devices } = await asked();
    const names = new Map(
      devices.filter(({ type }) => type === '2').map(({ name, target }) => [name, target]),
    );
    expect(names.get('8:0')).toMatch(/^\.\.\/\.\.\/devices\/.*\/sda$/);
    expect(names.get('8:4')).toMatch(/\/sda\/sda4$/);
    expect(names.get('7:0')).toMatch(/\/loop0$/);
    const written = (group: Group | undefined) =>
      Number(
        /^8:0 rbytes=\d+ wbytes=(\d+) rios=\d+ wios=\d+ /m.exec(
          group?.values['io.stat'] ?? '',
        )?.[1],
      );
    expect(written(tree.groups.podruntime?.groups.etcd)).toBeGreaterThan(1_000_000);
    expect(written(tree)).toBeGreaterThan(written(tree.groups.podruntime));
    for (const [, { values }] of all(tree)) {
      for (const line of (values['io.stat'] ?? '').split('\n').filter(Boolean)) {
        expect(names.has(line.split(' ')[0] as string)).toBe(true);
      }
    }
  });

  it('is there in maintenance, too: only Talos runs', async () => {
    const cluster = await startCluster({ maintenance: true, sideroLink: true });
    const tree = treeOf(await archiveOf(cluster.client(), '/sys/fs/cgroup'));
    expect(Object.keys(tree.groups)).toEqual(['init', 'podruntime', 'system']);
    expect(tree.groups.podruntime?.values['memory.current']).toBe('0\n');
  });
});

it('the files of a process name its control group', async () => {
  const cluster = await startCluster();
  const target = cluster.client().node('10.5.0.2');
  const { processes } = await system(target).processes();
  const etcd = processes.find(({ command }) => command === 'etcd');
  let text = '';
  for await (const chunk of files(target).read({ path: `/proc/${etcd?.pid}/cgroup` })) {
    text += Buffer.from(chunk).toString();
  }
  expect(text).toBe('0::/podruntime/etcd\n');
});
