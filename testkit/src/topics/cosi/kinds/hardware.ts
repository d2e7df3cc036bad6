import {
  encodeCPUCoreSpec,
  encodeMemoryModuleSpec,
  encodePCIDeviceSpec,
  encodeProcessorSpec,
  encodeSystemInformationSpec,
} from '../../../../generated/definitions/hardware.js';
import {
  encodeCPUSpec,
  encodeMemorySpec,
  type MemorySpec,
} from '../../../../generated/definitions/perf.js';
import { defineKind, encoded } from '../kind.js';

/** The machine as its firmware describes it. */
export interface SystemInformationSpec {
  readonly manufacturer?: string;
  readonly productName?: string;
  readonly version?: string;
  readonly biosVersion?: string;
  readonly serialnumber?: string;
  readonly uuid?: string;
  readonly wakeUpType?: string;
  readonly skuNumber?: string;
}

/** `SystemInformations`, id `systeminformation`. */
export const systemInformationKind = defineKind({
  type: 'SystemInformations.hardware.talos.dev',
  namespace: 'hardware',
  owner: 'hardware.SystemInfoController',
  proto: ({ serialnumber, ...spec }: SystemInformationSpec) =>
    encoded(encodeSystemInformationSpec, { ...spec, serialNumber: serialnumber }),
});

/** A socket of the machine. */
export interface ProcessorSpec {
  readonly socket?: string;
  readonly manufacturer?: string;
  readonly productName?: string;
  readonly maxSpeedMhz?: number;
  readonly bootSpeedMhz?: number;
  readonly status?: number;
  readonly coreCount?: number;
  readonly coreEnabled?: number;
  readonly threadCount?: number;
}

/** `Processors`, by socket: `CPU-0`. */
export const processorKind = defineKind({
  type: 'Processors.hardware.talos.dev',
  namespace: 'hardware',
  owner: 'hardware.SystemInfoController',
  proto: ({ maxSpeedMhz, bootSpeedMhz, ...spec }: ProcessorSpec) =>
    encoded(encodeProcessorSpec, { ...spec, maxSpeed: maxSpeedMhz, bootSpeed: bootSpeedMhz }),
});

/** A core of the machine, as the kernel sees it. */
export interface CpuCoreSpec {
  readonly socket?: string;
  readonly coreID?: string;
  readonly logicalCPUs?: readonly number[];
  readonly vendorID?: string;
  readonly cpuFamily?: string;
  readonly model?: string;
  readonly modelName?: string;
  readonly stepping?: string;
  readonly cacheSize?: string;
  readonly coresPerSocket?: number;
  readonly threadsPerSocket?: number;
  readonly flags?: readonly string[];
  readonly bogoMips?: number;
}

/** `CPUCores`, by socket and core. */
export const cpuCoreKind = defineKind({
  type: 'CPUCores.hardware.talos.dev',
  namespace: 'hardware',
  owner: 'hardware.CPUInfoController',
  proto: ({ coreID, logicalCPUs, vendorID, ...spec }: CpuCoreSpec) =>
    encoded(encodeCPUCoreSpec, {
      ...spec,
      coreId: coreID,
      logicalCpUs: logicalCPUs,
      vendorId: vendorID,
    }),
});

/** A memory slot that is in use. */
export interface MemoryModuleSpec {
  readonly sizeMiB?: number;
  readonly deviceLocator?: string;
  readonly bankLocator?: string;
  readonly speed?: number;
  readonly manufacturer?: string;
  readonly serialNumber?: string;
  readonly productName?: string;
}

/** `MemoryModules`, by slot. */
export const memoryModuleKind = defineKind({
  type: 'MemoryModules.hardware.talos.dev',
  namespace: 'hardware',
  owner: 'hardware.SystemInfoController',
  proto: ({ sizeMiB, ...spec }: MemoryModuleSpec) =>
    encoded(encodeMemoryModuleSpec, { ...spec, size: sizeMiB }),
});

/** A device on the PCI bus. */
export interface PciDeviceSpec {
  readonly class?: string;
  readonly subclass?: string;
  readonly vendor?: string;
  readonly product?: string;
  readonly class_id: string;
  readonly subclass_id: string;
  readonly vendor_id: string;
  readonly product_id: string;
  readonly driver?: string;
}

/** `PCIDevices`, by address: `0000:00:03.0`. */
export const pciDeviceKind = defineKind({
  type: 'PCIDevices.hardware.talos.dev',
  namespace: 'hardware',
  owner: 'hardware.PCIDevicesController',
  proto: ({ class_id, subclass_id, vendor_id, product_id, ...spec }: PciDeviceSpec) =>
    encoded(encodePCIDeviceSpec, {
      ...spec,
      classId: class_id,
      subclassId: subclass_id,
      vendorId: vendor_id,
      productId: product_id,
    }),
});

/** Seconds that a processor spent, by what it did. */
export interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softIrq: number;
  readonly steal: number;
  readonly guest: number;
  readonly guestNice: number;
}

/** Counters of the processors. */
export interface CpuStatSpec {
  readonly cpu: readonly CpuTimes[];
  readonly cpuTotal: CpuTimes;
  readonly irqTotal: number;
  readonly contextSwitches: number;
  readonly processCreated: number;
  readonly processRunning: number;
  readonly processBlocked: number;
  readonly softIrqTotal: number;
}

/** `CPUStats`, id `latest`. */
export const cpuStatKind = defineKind({
  type: 'CPUStats.perf.talos.dev',
  namespace: 'perf',
  owner: 'perf.StatsController',
  proto: (spec: CpuStatSpec) =>
    encoded(encodeCPUSpec, {
      ...spec,
      irqTotal: BigInt(spec.irqTotal),
      contextSwitches: BigInt(spec.contextSwitches),
      processCreated: BigInt(spec.processCreated),
      processRunning: BigInt(spec.processRunning),
      processBlocked: BigInt(spec.processBlocked),
      softIrqTotal: BigInt(spec.softIrqTotal),
    }),
});

/** The keys of the memory in YAML, which are odd in places, and its names in protobuf. */
export const memoryFields = [
  ['total', 'memTotal'],
  ['used', 'memUsed'],
  ['available', 'memAvailable'],
  ['buffers', 'buffers'],
  ['cached', 'cached'],
  ['swapCached', 'swapCached'],
  ['active', 'active'],
  ['inactive', 'inactive'],
  ['activeAnon', 'activeAnon'],
  ['inactiveAnon', 'inactiveAnon'],
  ['activeFile', 'activeFile'],
  ['inactiveFile', 'inactiveFile'],
  ['unevictable', 'unevictable'],
  ['mlocked', 'mlocked'],
  ['swapTotal', 'swapTotal'],
  ['swapFree', 'swapFree'],
  ['dirty', 'dirty'],
  ['writeback', 'writeback'],
  ['anonPages', 'anonPages'],
  ['mapped', 'mapped'],
  ['shmem', 'shmem'],
  ['slab', 'slab'],
  ['sreclaimable', 'sReclaimable'],
  ['sunreclaim', 'sUnreclaim'],
  ['kernelStack', 'kernelStack'],
  ['pageTables', 'pageTables'],
  ['nfsunstable', 'nfSunstable'],
  ['bounce', 'bounce'],
  ['writeBacktmp', 'writebackTmp'],
  ['commitLimit', 'commitLimit'],
  ['commitTedas', 'committedAs'],
  ['vmallocTotal', 'vmallocTotal'],
  ['vmallocUsed', 'vmallocUsed'],
  ['vmallocChunk', 'vmallocChunk'],
  ['hardwareCorrupted', 'hardwareCorrupted'],
  ['anonHugePages', 'anonHugePages'],
  ['shmemHugePages', 'shmemHugePages'],
  ['shmemPmdMapped', 'shmemPmdMapped'],
  ['cmaTotal', 'cmaTotal'],
  ['cmaFree', 'cmaFree'],
  ['hugePagesTotal', 'hugePagesTotal'],
  ['hugePagesFree', 'hugePagesFree'],
  ['hugePagesRsvd', 'hugePagesRsvd'],
  ['hugePagesSurp', 'hugePagesSurp'],
  ['hugepagesize', 'hugepagesize'],
  ['directMap4k', 'directMap4k'],
  ['directMap2m', 'directMap2m'],
  ['directMap1g', 'directMap1g'],
] as const;

/** How the memory is used, in KiB; huge pages are counted. */
export type MemoryStatSpec = { readonly [Key in (typeof memoryFields)[number][0]]: number };

/** `MemoryStats`, id `latest`. */
export const memoryStatKind = defineKind({
  type: 'MemoryStats.perf.talos.dev',
  namespace: 'perf',
  owner: 'perf.StatsController',
  proto: (spec: MemoryStatSpec) =>
    encoded<MemorySpec, MemorySpec>(
      encodeMemorySpec,
      Object.fromEntries(
        memoryFields.map(([key, name]) => [name, BigInt(spec[key])]),
      ) as unknown as MemorySpec,
    ),
});
