import type { Definition } from './definition.js';

/** The types of hardware, files, containers and security. */
export const hardwareDefinitions: readonly Definition[] = [
  { type: 'BaseRuntimeSpecConfigs.cri.talos.dev', namespace: 'cri', since: '1.14' },
  {
    type: 'ContainerSpecs.containers.talos.dev',
    namespace: 'containers',
    since: '1.14',
    aliases: ['containerspec', 'containerspecs'],
    columns: [['Image', '{.image.ref}']],
  },
  {
    type: 'CPUCores.hardware.talos.dev',
    namespace: 'hardware',
    since: '1.14',
    aliases: ['cpucore', 'cpucores'],
    columns: [
      ['Socket', '{.socket}'],
      ['Core', '{.coreID}'],
      ['Model', '{.modelName}'],
      ['Logical CPUs', '{.logicalCPUs}'],
    ],
  },
  { type: 'CustomizationConfigs.cri.talos.dev', namespace: 'cri', since: '1.14', sensitive: true },
  { type: 'EtcFileSpecs.files.talos.dev', namespace: 'files', sensitive: true },
  { type: 'EtcFileStatuses.files.talos.dev', namespace: 'files' },
  {
    type: 'ImageCacheConfigs.cri.talos.dev',
    namespace: 'cri',
    since: '1.9',
    columns: [
      ['Status', '{.status}'],
      ['CopyStatus', '{.copyStatus}'],
      ['Roots', '{.roots}'],
    ],
  },
  {
    type: 'ImageVerificationRules.security.talos.dev',
    namespace: 'security',
    since: '1.13',
    columns: [
      ['Pattern', '{.imagePattern}'],
      ['Skip', '{.skip}'],
      ['Deny', '{.deny}'],
    ],
  },
  {
    type: 'MemoryModules.hardware.talos.dev',
    namespace: 'hardware',
    aliases: ['memorymodules', 'ram'],
    columns: [
      ['Manufacturer', '{.manufacturer}'],
      ['Model', '{.productName}'],
      ['SizeMiB', '{.sizeMiB}'],
    ],
  },
  {
    type: 'PCIDevices.hardware.talos.dev',
    namespace: 'hardware',
    since: '1.8',
    aliases: ['devices', 'device'],
    columns: [
      ['Class', '{.class}'],
      ['Subclass', '{.subclass}'],
      ['Vendor', '{.vendor}'],
      ['Product', '{.product}'],
    ],
  },
  {
    type: 'PCIDriverRebindConfigs.runtime.talos.dev',
    namespace: 'hardware',
    since: '1.10',
    columns: [
      ['Name', '{.name}'],
      ['PCI ID', '{.pciID}'],
      ['TargetDriver', '{.targetDriver}'],
    ],
  },
  {
    type: 'PCIDriverRebindStatuses.runtime.talos.dev',
    namespace: 'hardware',
    since: '1.10',
    aliases: ['pcidriverrebinds'],
    columns: [
      ['Name', '{.name}'],
      ['PCI ID', '{.pciID}'],
      ['TargetDriver', '{.targetDriver}'],
    ],
  },
  { type: 'PCRStatuses.hardware.talos.dev', namespace: 'hardware', since: '1.10' },
  {
    type: 'Processors.hardware.talos.dev',
    namespace: 'hardware',
    aliases: ['cpus', 'cpu'],
    columns: [
      ['Manufacturer', '{.manufacturer}'],
      ['Model', '{.productName}'],
      ['Cores', '{.coreCount}'],
      ['Threads', '{.threadCount}'],
    ],
  },
  { type: 'RegistryConfigs.cri.talos.dev', namespace: 'cri', since: '1.9', sensitive: true },
  { type: 'SeccompProfiles.cri.talos.dev', namespace: 'cri' },
  {
    type: 'SystemInformations.hardware.talos.dev',
    namespace: 'hardware',
    aliases: ['systeminformation'],
    columns: [
      ['Manufacturer', '{.manufacturer}'],
      ['ProductName', '{.productName}'],
      ['Version', '{.version}'],
      ['SerialNumber', '{.serialnumber}'],
      ['UUID', '{.uuid}'],
      ['WakeUpType', '{.wakeUpType}'],
      ['SKUNumber', '{.skuNumber}'],
    ],
  },
  {
    type: 'TUFTrustedRoots.security.talos.dev',
    namespace: 'security',
    since: '1.13',
    columns: [['Last Refresh', '{.lastRefreshTime}']],
  },
];
