import type { Machine } from '../../base/machine.js';
import { partitions as systemPartitions } from '../cosi/catalogue/partitions.js';
import { hardwareAddrOf } from '../cosi/catalogue/plan.js';
import { CORES } from '../hardware/cpu.js';
import { deviceStatsOf } from '../network/devices.js';
import { type Disk, devicePathOf } from '../storage/device.js';
import { SYSTEM_DISK } from '../storage/disks.js';
import { storage } from '../storage/storage.js';
import { installation } from '../system/installation.js';
import { cgroupDirectory } from './cgroups.js';
import { type Directory, directory, kernelDirectory, kernelFile, symlink } from './node.js';

/** `/sys`: what the kernel says of devices. */
export function sysOf(machine: Machine): Directory {
  const empty = kernelDirectory({});
  return directory(
    () => ({
      block: kernelDirectory(
        Object.fromEntries(machine.state(storage).disks.map((disk) => [disk.name, diskOf(disk)])),
      ),
      bus: empty,
      class: kernelDirectory({
        dmi: kernelDirectory({ id: dmiOf(machine) }),
        net: linksOf(machine),
      }),
      dev: kernelDirectory({ block: blockDevicesOf(machine) }),
      devices: kernelDirectory({
        system: kernelDirectory({
          cpu: kernelDirectory({ online: kernelFile(`0-${CORES - 1}\n`) }),
        }),
      }),
      firmware: kernelDirectory({ efi: empty }),
      fs: kernelDirectory({
        bpf: empty,
        cgroup: cgroupDirectory(machine),
        selinux: kernelDirectory({ enforce: kernelFile('0') }),
      }),
      kernel: kernelDirectory({ security: empty, tracing: empty }),
      module: empty,
    }),
    {
      permissions: 0o555,
      virtual: true,
      modifiedAt: machine.bootedAt,
      label: 'system_u:object_r:sysfs_t:s0',
    },
  );
}

function diskOf({ size, readonly, cdrom }: Disk): Directory {
  return kernelDirectory({
    removable: kernelFile(cdrom ? '1\n' : '0\n'),
    ro: kernelFile(readonly ? '1\n' : '0\n'),
    // In sectors of 512 bytes.
    size: kernelFile(`${Math.floor(size / 512)}\n`),
  });
}

/** `/sys/dev/block`: the names of block devices by their numbers. */
function blockDevicesOf(machine: Machine): Directory {
  return kernelDirectory(() =>
    Object.fromEntries(
      machine.state(storage).disks.flatMap((disk) => {
        const path = `../..${devicePathOf(disk)}`;
        const link = ({ major, minor }: Pick<Disk, 'major' | 'minor'>, target: string) =>
          [`${major}:${minor}`, symlink(target)] as const;
        return [
          link(disk, path),
          ...partitionsOf(machine, disk).map((one) => link(one, `${path}/${one.name}`)),
        ];
      }),
    ),
  );
}

/** The partitions of a disk; those of the system disk come with the installation. */
function partitionsOf(
  machine: Machine,
  { name, major, partitions }: Disk,
): readonly Pick<Disk, 'name' | 'major' | 'minor'>[] {
  if (name !== SYSTEM_DISK) return partitions;
  if (!machine.state(installation).isInstalled) return [];
  return systemPartitions.map((_, index) => ({
    name: `${SYSTEM_DISK}${index + 1}`,
    major,
    minor: index + 1,
  }));
}

function dmiOf({ random }: Machine): Directory {
  return kernelDirectory({
    product_name: kernelFile('Standard PC (Q35 + ICH9, 2009)\n'),
    product_serial: kernelFile(`${random.fork('serial').hex(12)}\n`, 0o400),
    sys_vendor: kernelFile('QEMU\n'),
  });
}

function linksOf(machine: Machine): Directory {
  return kernelDirectory(() =>
    Object.fromEntries(
      deviceStatsOf(machine).devices.map((device) => {
        const { name, rxBytes, rxPackets, txBytes, txPackets } = device;
        const isLoopback = name === 'lo';
        const link = kernelDirectory({
          address: kernelFile(`${isLoopback ? '00:00:00:00:00:00' : hardwareAddrOf(machine)}\n`),
          mtu: kernelFile(`${isLoopback ? 65_536 : name === 'eth0' ? 1_500 : 1_450}\n`),
          operstate: kernelFile(`${isLoopback ? 'unknown' : 'up'}\n`),
          statistics: kernelDirectory({
            rx_bytes: kernelFile(`${rxBytes}\n`),
            rx_packets: kernelFile(`${rxPackets}\n`),
            tx_bytes: kernelFile(`${txBytes}\n`),
            tx_packets: kernelFile(`${txPackets}\n`),
          }),
        });
        return [name, link];
      }),
    ),
  );
}
