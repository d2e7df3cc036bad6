import { describe, expect, it } from 'vitest';
import { containers } from '../../../generated/features/containers.js';
import { etcd } from '../../../generated/features/etcd.js';
import { type FileInfo, files, type ListRequest } from '../../../generated/features/files.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { logs } from '../../../generated/features/logs.js';
import { network } from '../../../generated/features/network.js';
import { collect, type Init, type Target } from '../../../src/index.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { containers as nodeContainers } from '../../../testkit/src/topics/containers/containers.js';
import { files as filesOf } from '../../../testkit/src/topics/files/files.js';
import { collected, startCluster } from '../support.js';

async function started(options: { workers?: number; maintenance?: boolean } = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const node = cluster.node('cp-1');
  const target = cluster.client().node('10.5.0.2');
  return { clock, cluster, node, target, system: node.machine.state(filesOf) };
}

async function read(target: Target, path: string): Promise<string> {
  return Buffer.concat(await collect(files(target).read({ path }))).toString();
}

function list(target: Target, request: Init<ListRequest>): Promise<FileInfo[]> {
  const { root = '/', ...others } = request;
  return collect(files(target).list({ root, ...others }));
}

// Talos: Read, List and the rest of the API show one state.
describe('the file system of a node', () => {
  it.each([
    ['a control plane', {}, '10.5.0.2'],
    ['a worker', { workers: 1 }, '10.5.0.3'],
    ['a node in maintenance', { maintenance: true }, '10.5.0.2'],
  ] as const)('of %s can be walked through and read as a whole', async (_, options, address) => {
    const { cluster } = await started(options);
    const { machine } = cluster.node(address);
    const target = cluster.client({ endpoint: address });
    const all = await list(target, { recurse: true });
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(({ error }) => error !== '')).toEqual([]);
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const system = machine.state(filesOf);
    const unreadable: string[] = [];
    for (const { name, mode, size } of all) {
      if (mode >= 2 ** 20) continue;
      try {
        const { length } = system.read(system.look(name, 'open'));
        if (!/^\/(proc|sys)\//.test(name)) expect(BigInt(length), name).toBe(size);
        else expect(size, name).toBe(0n);
      } catch {
        unreadable.push(name);
      }
    }
    expect(unreadable).toEqual([
      '/proc/sys/net/ipv6/conf/all/stable_secret',
      '/proc/sys/net/ipv6/conf/default/stable_secret',
    ]);
  });

  it('has the database of etcd, which is a snapshot without its digest', async () => {
    const { target } = await started();
    const database = await collect(files(target).read({ path: '/var/lib/etcd/member/snap/db' }));
    const bytes = Buffer.concat(database);
    const snapshot = Buffer.concat(await collect(etcd(target).snapshot()));
    expect(bytes.equals(snapshot.subarray(0, -32))).toBe(true);
    const [info] = await list(target, { root: '/var/lib/etcd/member/snap/db' });
    expect(info?.size).toBe(BigInt(bytes.length));
  });

  it('has the logs of containers, also by the names that Kubernetes gives them', async () => {
    const { target } = await started();
    const shown = await containers(target).list({ namespace: 'k8s.io', driver: 'CRI' });
    const id = shown.containers.find(({ name }) => name === 'kube-apiserver')?.id ?? '';
    const log = await collect(
      logs(target).logs({ namespace: 'k8s.io', driver: 'CRI', id, tailLines: -1 }),
    );
    const links = await list(target, { root: '/var/log/containers' });
    const link = links.find(({ name }) => name.includes('_kube-apiserver-'));
    expect(link?.link).toMatch(/^\/var\/log\/pods\/kube-system_kube-apiserver-cp-1_/);
    expect(await read(target, link?.name ?? '')).toBe(Buffer.concat(log).toString());
  });

  it('shows in /proc what other calls count', async () => {
    const { clock, target } = await started();
    const { stats } = await files(target).mounts();
    const mounts = (await read(target, '/proc/mounts')).trimEnd().split('\n');
    expect(mounts.map((line) => line.split(' ')[1])).toEqual(stats.map((mount) => mount.mountedOn));
    const { connectrecord } = await network(target).netstat({
      l4proto: { tcp: true },
      netns: { hostnetwork: true },
    });
    const sockets = (await read(target, '/proc/net/tcp')).trimEnd().split('\n').slice(1);
    const port = (text: string) => Number.parseInt(text.split(':')[1] ?? '', 16);
    expect(sockets.map((line) => port(line.trim().split(/\s+/)[1] ?? ''))).toEqual(
      connectrecord.map(({ localport }) => localport),
    );
    expect(sockets[0]).toContain('0100007F:1D15 00000000:0000 0A');
    expect(await read(target, '/proc/uptime')).toMatch(/^3600\.00 /);
    await clock.advance(30_000);
    expect(await read(target, '/proc/uptime')).toMatch(/^3630\.00 /);
  });

  it('keeps what is on disk over a reboot, and forgets what is in memory', async () => {
    const { clock, node, target, system } = await started();
    system.write('/var/lib/app/state', 'kept');
    system.write('/run/app/pid', '42');
    system.remove('/etc/hosts');
    const bootId = node.machine.bootId;
    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    while (node.machine.bootId === bootId || node.stage !== 'RUNNING') await clock.advance(100);
    expect(await read(target, '/var/lib/app/state')).toBe('kept');
    expect((await list(target, { root: '/run' })).map(({ relativeName }) => relativeName)).toEqual([
      '.',
      'containerd',
      'flannel',
      'lock',
      'udev',
    ]);
    expect(await read(target, '/etc/hosts')).toContain('10.5.0.2        cp-1');
    expect(await read(target, '/proc/sys/kernel/random/boot_id')).not.toContain(bootId);
  });

  it('loses with a volume what was written there', async () => {
    const { clock, node, target, system } = await started();
    system.write('/var/lib/app/state', 'gone');
    await lifecycle(target).reset({
      graceful: false,
      reboot: true,
      mode: 'ALL',
      systemPartitionsToWipe: [{ label: 'EPHEMERAL', wipe: true }],
    });
    const { boots } = node.machine;
    while (node.machine.boots === boots) await clock.advance(100);
    expect(() => system.look('/var/lib/app', 'stat')).toThrow('no such file or directory');
  });
});

// Talos: List walks as Go's filepath does.
describe('List', () => {
  it('goes as deep as it is told, and one level deeper below the root of all', async () => {
    const { target, system } = await started();
    system.write('/var/a/b/c/d', '');
    const depths = async (root: string, recursionDepth: number, recurse = true) => {
      const entries = await list(target, { root, recurse, recursionDepth });
      const below = entries.filter(({ relativeName }) => relativeName !== '.');
      return Math.max(...below.map(({ relativeName }) => relativeName.split('/').length));
    };
    expect(await depths('/var/a', 0, false)).toBe(1);
    expect(await depths('/var/a', 5, false)).toBe(1);
    expect(await depths('/var/a', 1)).toBe(1);
    expect(await depths('/var/a', 2)).toBe(2);
    expect(await depths('/var/a', 0)).toBe(3);
    expect(await depths('/', 1)).toBe(2);
    expect(await depths('/', 0, false)).toBe(1);
  });

  it('gives entries of any of the types, the root only if it is of one', async () => {
    const { target, system } = await started();
    system.write('/var/a/file', '');
    system.put('/var/a/link', { kind: 'symlink', target: 'file' });
    system.write('/var/a/b/file', '');
    const names = async (types: ListRequest['types']) =>
      (await list(target, { root: '/var/a', recurse: true, types })).map(
        ({ relativeName }) => relativeName,
      );
    expect(await names(['REGULAR'])).toEqual(['b/file', 'file']);
    expect(await names(['DIRECTORY', 'SYMLINK'])).toEqual(['.', 'b', 'link']);
    expect(await names([])).toEqual(['.', 'b', 'b/file', 'file', 'link']);
    expect(await names([9])).toEqual(['.', 'b', 'b/file', 'file', 'link']);
  });

  it('reports what cannot be read in its entry, and goes on', async () => {
    const { target, system } = await started();
    system.write('/var/a/b/c', '');
    system.write('/var/a/d', '');
    system.break('/var/a/b', 'EIO');
    const entries = await list(target, { root: '/var/a', recurse: true });
    expect(entries.map(({ name, error }) => [name, error])).toEqual([
      ['/var/a', ''],
      ['/var/a/b', 'open /var/a/b: input/output error'],
      ['/var/a/d', ''],
    ]);
    expect(entries[1]).toMatchObject({ mode: 0, size: 0n, modified: 0n, isDir: false });
    system.mend('/var/a/b');
    expect(await list(target, { root: '/var/a', recurse: true })).toHaveLength(4);
  });

  it('adds extended attributes when asked, the label everywhere', async () => {
    const { target, system } = await started();
    system.write('/var/a', '', { xattrs: { 'user.note': Buffer.from('x') } });
    const xattrs = async (root: string, reportXattrs: boolean) => {
      const [entry] = await list(target, { root, reportXattrs });
      return entry?.xattrs.map(({ name, data }) => `${name}=${Buffer.from(data).toString()}`);
    };
    expect(await xattrs('/var/a', false)).toEqual([]);
    expect(await xattrs('/var/a', true)).toEqual([
      'user.note=x',
      'security.selinux=system_u:object_r:ephemeral_t:s0\0',
    ]);
    expect(await xattrs('/proc/version', true)).toEqual([
      'security.selinux=system_u:object_r:proc_t:s0\0',
    ]);
  });

  it('takes the place of a root that is a link, and a path without its slash', async () => {
    const { target } = await started();
    const [root, first] = await list(target, { root: '/bin' });
    expect(root).toMatchObject({ name: '/usr/bin', relativeName: '.' });
    expect(first).toMatchObject({ name: '/usr/bin/containerd', relativeName: 'containerd' });
    expect((await list(target, { root: 'usr/bin/' }))[0]?.name).toBe('/usr/bin');
    expect((await list(target, { root: '' }))[0]?.name).toBe('/');
  });
});

// Talos: Read, what the kernel says of paths.
describe('Read', () => {
  it('follows links, and fails with the words of the kernel', async () => {
    const { target, system } = await started();
    system.write('/var/a/file', 'content');
    system.put('/var/link', { kind: 'symlink', target: 'a/../a/file' });
    system.put('/var/loop', { kind: 'symlink', target: '/var/loop' });
    expect(await read(target, '/var/link')).toBe('content');
    expect(await read(target, '/var/run/../lib/../a/file')).toBe('content');
    await expect(read(target, '/var/loop')).rejects.toThrow(
      'stat /var/loop: too many levels of symbolic links',
    );
    await expect(read(target, '/var/a/file/x')).rejects.toThrow(
      'stat /var/a/file/x: not a directory',
    );
  });
});

// Talos: the reader of byte streams drops errors.
describe('a read that fails in the middle', () => {
  it('ends well, with what was read before', async () => {
    const { target, system } = await started();
    system.write('/var/a', 'x'.repeat(5_000));
    system.break('/var/a', 'EIO', { afterBytes: 2_500 });
    expect(await read(target, '/var/a')).toHaveLength(2_500);
    expect(await read(target, '/proc/sys/net/ipv6/conf/all/stable_secret')).toBe('');
    system.break('/var/a', 'EIO');
    await expect(read(target, '/var/a')).rejects.toThrow('open /var/a: input/output error');
  });
});

describe('what tests write', () => {
  it('is found behind links, and not behind files', async () => {
    const { target, system } = await started();
    system.write('/var/run/app/pid', '42');
    expect(await read(target, '/run/app/pid')).toBe('42');
    system.remove('/var/run/app/pid');
    await expect(read(target, '/run/app/pid')).rejects.toMatchObject({ status: 'not-found' });
    expect(() => system.write('/etc/hosts/x', '')).toThrow('open /etc/hosts/x: not a directory');
  });
});

// Talos: Mounts, and what the volumes are mounted on.
describe('Mounts', () => {
  const targets = async (target: Target) =>
    (await files(target).mounts()).stats.map(({ mountedOn }) => mountedOn);

  it('has the volumes of an installed node, and the file systems of its containers', async () => {
    const { target, node } = await started();
    const { pods } = node.machine.state(nodeContainers);
    const mounted = await targets(target);
    expect(mounted).toEqual(expect.arrayContaining(['/system/state', '/var', '/etc/kubernetes']));
    const roots = mounted.filter((path) => path.endsWith('/rootfs'));
    const running = pods.flatMap(({ sandbox, containers: members }) =>
      [sandbox, ...members].filter(({ pid }) => pid > 0),
    );
    expect(roots).toHaveLength(running.length);
    expect(roots[0]).toContain(running[0]?.internalId);
  });

  it('has what is in memory only in maintenance', async () => {
    const { target } = await started({ maintenance: true });
    expect(await targets(target)).not.toContain('/var');
  });

  it('shows a disk that fills', async () => {
    const { clock, target } = await started();
    const available = async () =>
      (await files(target).mounts()).stats.find(({ mountedOn }) => mountedOn === '/var')
        ?.available ?? 0n;
    const before = await available();
    await clock.advance(3_600_000);
    expect(await available()).toBeLessThan(before);
  });
});

// Talos: DiskUsage.
describe('DiskUsage', () => {
  async function measured(request: { paths: string[]; [option: string]: unknown }) {
    const context = await started();
    const { system, target } = context;
    system.write('/var/a/large', Buffer.alloc(10_000));
    system.write('/var/a/b/small', Buffer.alloc(10));
    system.write('/var/a/b/c/middle', Buffer.alloc(1_000));
    const all = { recursionDepth: 0, all: false, threshold: 0n, ...request };
    return collected(files(target).diskUsage(all));
  }
  const names = (entries: readonly { readonly relativeName: string }[]) =>
    entries.map(({ relativeName }) => relativeName);

  it('leaves files out unless told, and counts them all the same', async () => {
    const folders = await measured({ paths: ['/var/a'] });
    expect(names(folders)).toEqual(['b/c', 'b', '.']);
    const [c, b, root] = folders.map(({ size }) => Number(size));
    expect(c).toBeGreaterThanOrEqual(1_000);
    expect(b).toBeGreaterThanOrEqual((c ?? 0) + 10);
    expect(root).toBeGreaterThanOrEqual((b ?? 0) + 10_000);
  });

  it('hides what is as deep as the limit, or deeper', async () => {
    expect(names(await measured({ paths: ['/var/a'], all: true, recursionDepth: 1 }))).toEqual([
      '.',
    ]);
    expect(names(await measured({ paths: ['/var/a'], all: true, recursionDepth: 2 }))).toEqual([
      'b',
      'large',
      '.',
    ]);
  });

  it('keeps what is larger than a threshold, or smaller than a negative one', async () => {
    const larger = await measured({ paths: ['/var/a'], all: true, threshold: 5_000n });
    expect(names(larger)).toEqual(['large', '.']);
    const smaller = await measured({ paths: ['/var/a'], all: true, threshold: -500n });
    expect(names(smaller)).toEqual(['b/small']);
  });

  it('measures the first path only, unless that is not there', async () => {
    expect(names(await measured({ paths: ['/var/a/b/c', '/var/a'] }))).toEqual(['.']);
    const entries = await measured({ paths: ['/none', '/var/a/b/c', '/var/a'] });
    expect(entries.map(({ name, error }) => [name, error])).toEqual([
      ['/none', 'lstat /none: no such file or directory'],
      ['/var/a/b/c', ''],
    ]);
  });
});
