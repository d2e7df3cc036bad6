import type { Machine } from '../../base/machine.js';
import { storage } from '../storage/storage.js';
import { installation } from '../system/installation.js';
import { type Directory, directory, type FileNode, special, symlink } from './node.js';

/** `/dev`: devices of the kernel, and the disks with their partitions. */
export function devOf(machine: Machine): Directory {
  const char = special('char-device', 0o666);
  const console = special('char-device', 0o600);
  return directory(
    () => ({
      console,
      disk: disksBy(machine),
      fd: symlink('/proc/self/fd'),
      full: char,
      hugepages: directory({}),
      kmsg: console,
      null: char,
      ptmx: char,
      pts: directory({ ptmx: special('char-device', 0o000) }),
      random: char,
      ...Object.fromEntries(diskNames(machine).map((name) => [name, blockDevice])),
      shm: directory({}, { permissions: 0o777 }),
      tty: char,
      tty0: console,
      urandom: char,
      zero: char,
    }),
    { modifiedAt: machine.bootedAt, label: 'system_u:object_r:device_t:s0' },
  );
}

const blockDevice: FileNode = special('block-device', 0o600, {
  label: 'system_u:object_r:block_device_t:s0',
});

const BY_ID = '/dev/disk/by-id/';
const partitionLabels = ['EFI', 'META', 'STATE', 'EPHEMERAL'] as const;

function isInstalled(machine: Machine): boolean {
  return machine.state(installation).isInstalled;
}

function diskNames(machine: Machine): readonly string[] {
  const parts = isInstalled(machine) ? partitionLabels.map((_, index) => `sda${index + 1}`) : [];
  const { disks } = machine.state(storage);
  const found = disks.flatMap(({ name, partitions }) => [
    name,
    ...partitions.map((one) => one.name),
  ]);
  return [...found, ...parts];
}

function disksBy(machine: Machine): Directory {
  const ids = machine.state(storage).disks.flatMap(({ name, symlinks }) => {
    const paths = symlinks.filter((path) => path.startsWith(BY_ID));
    return paths.map((path) => [path.slice(BY_ID.length), symlink(`../../${name}`)] as const);
  });
  const labels = partitionLabels.map(
    (label, index) => [label, symlink(`../../sda${index + 1}`)] as const,
  );
  return directory({
    'by-id': directory(Object.fromEntries(ids)),
    ...(isInstalled(machine) ? { 'by-partlabel': directory(Object.fromEntries(labels)) } : {}),
  });
}
