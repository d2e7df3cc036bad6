import type { Machine } from '../../../base/machine.js';
import { CORES, cpuInfoOf } from '../../hardware/cpu.js';
import { MEMORY_KIB } from '../../hardware/memory.js';
import { systemUuidOf } from '../../system/identity.js';
import {
  type CpuCoreSpec,
  cpuCoreKind,
  memoryModuleKind,
  type PciDeviceSpec,
  pciDeviceKind,
  processorKind,
  systemInformationKind,
} from '../kinds/hardware.js';
import { kernelModuleStatusKind, kernelParamStatusKind } from '../kinds/kernel.js';
import { kernelParamDefaultKind } from '../kinds/settings.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** The parts that a node is built of, as firmware and kernel list them. */
export const hardwareSource: ResourceSource = {
  kinds: [
    systemInformationKind,
    processorKind,
    cpuCoreKind,
    memoryModuleKind,
    pciDeviceKind,
    kernelModuleStatusKind,
    kernelParamStatusKind,
    kernelParamDefaultKind,
  ],
  topics: ['meta'],
  *resources(machine: Machine): Generator<Published> {
    const { random } = machine;
    const serial = random.fork('serial').hex(12);
    yield publish(systemInformationKind, 'systeminformation', {
      manufacturer: 'QEMU',
      productName: 'Standard PC (Q35 + ICH9, 2009)',
      version: 'pc-q35-10.0',
      biosVersion: 'edk2-stable202508',
      serialnumber: serial,
      uuid: systemUuidOf(machine),
      wakeUpType: 'Power Switch',
    });
    yield publish(processorKind, 'CPU-0', {
      socket: 'CPU 0',
      manufacturer: 'QEMU',
      productName: 'pc-q35-10.0',
      maxSpeedMhz: 2000,
      bootSpeedMhz: 2000,
      status: 65,
      coreCount: CORES,
      coreEnabled: CORES,
      threadCount: CORES,
    });
    for (const core of cpuInfoOf(machine)) {
      yield publish(cpuCoreKind, `${core.physicalId}-${core.coreId}`, cpuCore(core));
    }
    yield publish(memoryModuleKind, 'DIMM-0', {
      sizeMiB: MEMORY_KIB / 1024,
      deviceLocator: 'DIMM 0',
      manufacturer: 'QEMU',
    });
    for (const [id, device] of Object.entries(pciDevices)) yield publish(pciDeviceKind, id, device);
    for (const module of ['virtio_net', 'virtio_blk', 'overlay', 'br_netfilter', 'vxlan']) {
      yield publish(kernelModuleStatusKind, module, {
        type: 'built-in',
        size: 0,
        referenceCount: 0,
        state: 'built-in',
        address: '',
      });
    }
    for (const [id, current] of Object.entries(kernelParams)) {
      yield publish(kernelParamStatusKind, id, { current, default: '0', unsupported: false });
      yield publish(kernelParamDefaultKind, id, { value: current, ignoreErrors: false });
    }
  },
};

function cpuCore(core: ReturnType<typeof cpuInfoOf>[number]): CpuCoreSpec {
  const { physicalId = '', coreId = '', vendorId = '', cpuFamily = '', model = '' } = core;
  const { modelName = '', stepping = '', cacheSize = '', flags = [], bogoMips = 0 } = core;
  return {
    socket: physicalId,
    coreID: coreId,
    logicalCPUs: [core.processor ?? 0],
    vendorID: vendorId,
    cpuFamily,
    model,
    modelName,
    stepping,
    cacheSize,
    coresPerSocket: CORES,
    threadsPerSocket: CORES,
    flags,
    bogoMips,
  };
}

const kernelParams: Readonly<Record<string, string>> = {
  'proc.sys.net.ipv4.ip_forward': '1',
  'proc.sys.net.ipv6.conf.default.forwarding': '1',
  'proc.sys.kernel.panic': '10',
  'proc.sys.kernel.panic_on_oops': '1',
  'proc.sys.vm.overcommit_memory': '1',
};

const pciDevices: Readonly<Record<string, PciDeviceSpec>> = {
  '0000:00:00.0': {
    class: 'Bridge',
    subclass: 'Host bridge',
    vendor: 'Intel Corporation',
    product: '82G33/G31/P35/P31 Express DRAM Controller',
    class_id: '0x06',
    subclass_id: '0x00',
    vendor_id: '0x8086',
    product_id: '0x29c0',
  },
  '0000:00:03.0': {
    class: 'Network controller',
    subclass: 'Ethernet controller',
    vendor: 'Red Hat, Inc.',
    product: 'Virtio network device',
    class_id: '0x02',
    subclass_id: '0x00',
    vendor_id: '0x1af4',
    product_id: '0x1000',
    driver: 'virtio-pci',
  },
  '0000:00:04.0': {
    class: 'Mass storage controller',
    subclass: 'SCSI storage controller',
    vendor: 'Red Hat, Inc.',
    product: 'Virtio SCSI',
    class_id: '0x01',
    subclass_id: '0x00',
    vendor_id: '0x1af4',
    product_id: '0x1004',
    driver: 'virtio-pci',
  },
};
