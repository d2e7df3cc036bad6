import type { Machine } from '../../base/machine.js';
import { hardwareAddrOf } from '../cosi/catalogue/plan.js';
import { CORES, CPU_MODEL } from '../hardware/cpu.js';
import { MEMORY_KIB } from '../hardware/memory.js';
import { KERNEL_CMDLINE, KERNEL_RELEASE } from '../system/kernel.js';
import type { KernelRecord, Priority } from './kernel-record.js';

/** What the kernel says while it starts, with times a little after the boot began. */
export function* kernelRecords(machine: Machine): Generator<KernelRecord> {
  const random = machine.random.fork(`dmesg/${machine.boots}`);
  // The first messages have no time yet: the kernel's clock is not running.
  let micros = 0;
  for (const [priority, text] of messages(machine)) {
    yield {
      facility: 'kern',
      priority,
      at: machine.bootedAt + micros / 1000,
      text: `${text}\n`,
    };
    micros += random.int(micros === 0 ? 0 : 40, 2_200);
  }
}

function messages(machine: Machine): readonly (readonly [Priority, string])[] {
  return [
    ['notice', `Linux version ${KERNEL_RELEASE} (@buildkitsandbox) #1 SMP PREEMPT_DYNAMIC`],
    ['info', `Command line: ${KERNEL_CMDLINE}`],
    ['info', 'BIOS-provided physical RAM map:'],
    ['info', 'NX (Execute Disable) protection: active'],
    ['info', 'SMBIOS 3.0.0 present.'],
    ['info', 'DMI: QEMU Standard PC (Q35 + ICH9, 2009), BIOS edk2-stable202508 08/01/2025'],
    ['info', 'Hypervisor detected: KVM'],
    ['info', 'kvm-clock: Using msrs 4b564d01 and 4b564d00'],
    ['notice', `Kernel command line: ${KERNEL_CMDLINE}`],
    ['info', `Memory: ${MEMORY_KIB - 260_104}K/${MEMORY_KIB}K available`],
    ['info', `smpboot: CPU0: ${CPU_MODEL} (family: 0x17, model: 0x1, stepping: 0x2)`],
    ['info', `smp: Brought up 1 node, ${CORES} CPUs`],
    ['info', 'NET: Registered PF_NETLINK/PF_ROUTE protocol family'],
    [
      'info',
      // Records of drivers say which device they are about, in lines of their own.
      'pci 0000:00:03.0: [1af4:1000] type 00 class 0x020000\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:03.0',
    ],
    ['info', 'SELinux:  Initializing.'],
    ['notice', 'Key type .fscrypt registered'],
    ['info', 'virtio_net virtio0 eth0: renamed from enp0s3'],
    ['notice', 'sd 0:0:0:0: [sda] 41943040 512-byte logical blocks: (21.5 GB/20.0 GiB)'],
    ['notice', 'sd 0:0:0:1: [sdb] 20971520 512-byte logical blocks: (10.7 GB/10.0 GiB)'],
    ...(machine.inMaintenance ? [] : ([['info', ' sda: sda1 sda2 sda3 sda4']] as const)),
    ['info', 'squashfs: version 4.0 (2009/01/31) Phillip Lougher'],
    ['info', 'Run /init as init process'],
    ['info', `8021q: adding VLAN 0 to HW filter on device eth0 (${hardwareAddrOf(machine)})`],
  ];
}
