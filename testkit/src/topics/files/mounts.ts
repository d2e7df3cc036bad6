import type { Machine } from '../../base/machine.js';
import { uptimeOf, waveOf } from '../../base/time/wave.js';
import { containers } from '../containers/containers.js';
import { MEMORY_KIB } from '../hardware/memory.js';
import { pathOf } from '../storage/device.js';
import { storage } from '../storage/storage.js';
import { installation } from '../system/installation.js';

/** A mounted file system. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: string;
  /** In bytes; 0 for those that only the kernel knows. */
  readonly size: number;
  readonly available: number;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** What is mounted, in the order of /proc/mounts. */
export function mountsOf(machine: Machine): readonly Mount[] {
  return [...base(machine), ...volumes(machine), ...containerMounts(machine)];
}

/** The lines of /proc/mounts. */
export function procMounts(machine: Machine): string {
  return mountsOf(machine)
    .map(({ source, target, type, options }) => `${source} ${target} ${type} ${options} 0 0\n`)
    .join('');
}

const KERNEL = 'rw,nosuid,nodev,noexec,relatime';

function* base(machine: Machine): Generator<Mount> {
  const memory = (source: string, target: string, size: number, used: number): Mount => ({
    source,
    target,
    type: source === 'devtmpfs' ? 'devtmpfs' : 'tmpfs',
    options: `rw,nosuid,noexec,relatime,size=${size / 1024}k,mode=755`,
    size,
    available: size - used * 4096,
  });
  const kernel = (type: string, target: string): Mount => ({
    source: type,
    target,
    type,
    options: KERNEL,
    size: 0,
    available: 0,
  });
  const half = MEMORY_KIB * 512;
  const image = 62 * MIB;
  yield memory('devtmpfs', '/dev', half, 0);
  yield memory('tmpfs', '/run', half, 420 + machine.index);
  yield memory('tmpfs', '/system', half, 310);
  yield memory('tmpfs', '/tmp', 64 * MIB, 1);
  // The root is full, as read-only images are.
  yield {
    source: '/dev/loop0',
    target: '/',
    type: 'squashfs',
    options: 'ro,relatime,errors=continue',
    size: image,
    available: 0,
  };
  yield kernel('devpts', '/dev/pts');
  yield kernel('hugetlbfs', '/dev/hugepages');
  yield kernel('bpf', '/sys/fs/bpf');
  yield kernel('proc', '/proc');
  yield kernel('sysfs', '/sys');
  yield kernel('securityfs', '/sys/kernel/security');
  yield kernel('selinuxfs', '/sys/fs/selinux');
  yield kernel('tracefs', '/sys/kernel/tracing');
  yield { ...kernel('cgroup2', '/sys/fs/cgroup'), source: 'cgroup' };
}

/** The volumes on the disk, once Talos is installed and configured. */
function* volumes(machine: Machine): Generator<Mount> {
  if (machine.inMaintenance || !machine.state(installation).isInstalled) return;
  const disk = (source: string, target: string, size: number, used: number): Mount => ({
    source,
    target,
    type: 'xfs',
    options: 'rw,nosuid,nodev,noatime,attr2,inode64,logbufs=8,logbsize=32k,prjquota',
    // What the file system needs for itself is not for files.
    size: Math.round((size * 0.994) / 4096) * 4096,
    available: Math.round((size * 0.994 - used) / 4096) * 4096,
  });
  const seconds = uptimeOf(machine);
  const growth = Math.min(waveOf(machine, 'ephemeral').sum(seconds) * 2_200, 4 * GIB);
  const images = (machine.type === 'controlplane' ? 1.9 : 1.1) * GIB;
  yield disk('/dev/sda3', '/system/state', 100 * MIB, 7 * MIB);
  const ephemeral = disk('/dev/sda4', '/var', 18 * GIB - 103 * MIB, images + growth);
  yield ephemeral;
  for (const target of ['/etc/cni', '/etc/kubernetes', '/opt', '/usr/libexec/kubernetes']) {
    yield { ...ephemeral, source: 'overlay', target, type: 'overlay', options: 'rw,nosuid,nodev' };
  }
  for (const { name, device, filesystem } of machine.state(storage).volumes) {
    if (device === undefined) continue;
    const { size } = device;
    yield { ...disk(pathOf(device), `/var/mnt/${name}`, size, size * 0.02), type: filesystem };
  }
}

/** What the containers of Kubernetes have mounted. */
function* containerMounts(machine: Machine): Generator<Mount> {
  const data = mountOfVar(machine);
  if (data === undefined) return;
  for (const { sandbox, containers: members } of machine.state(containers).pods) {
    yield {
      source: 'shm',
      target: `/run/containerd/io.containerd.grpc.v1.cri/sandboxes/${sandbox.internalId}/shm`,
      type: 'tmpfs',
      options: `${KERNEL},size=65536k`,
      size: 64 * MIB,
      available: 64 * MIB,
    };
    for (const { internalId, pid } of [sandbox, ...members]) {
      if (pid === 0) continue;
      const target = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${internalId}/rootfs`;
      yield { ...data, source: 'overlay', target, type: 'overlay', options: 'rw,relatime' };
    }
  }
}

function mountOfVar(machine: Machine): Mount | undefined {
  return [...volumes(machine)].find(({ target }) => target === '/var');
}
