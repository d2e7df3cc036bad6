import type { Machine } from '../../base/machine.js';
import { hardwareAddrOf } from '../cosi/catalogue/plan.js';
import { CORES } from '../hardware/cpu.js';
import { deviceStatsOf } from '../network/devices.js';
import type { Disk } from '../storage/device.js';
import { storage } from '../storage/storage.js';
import { type Directory, directory, kernelDirectory, kernelFile } from './node.js';

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
      devices: kernelDirectory({
        system: kernelDirectory({
          cpu: kernelDirectory({ online: kernelFile(`0-${CORES - 1}\n`) }),
        }),
      }),
      firmware: kernelDirectory({ efi: empty }),
      fs: kernelDirectory({
        bpf: empty,
        cgroup: kernelDirectory({
          'cgroup.controllers': kernelFile('cpuset cpu io memory hugetlb pids\n'),
          init: empty,
          kubepods: empty,
          podruntime: empty,
          system: empty,
        }),
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
