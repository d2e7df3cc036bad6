import type { Definition } from './definition.js';

/** The types of the machine itself: its status, kernel, services, time and configuration. */
export const runtimeDefinitions: readonly Definition[] = [
  { type: 'AcquireConfigSpecs.v1alpha1.talos.dev', namespace: 'runtime' },
  { type: 'AcquireConfigStatuses.v1alpha1.talos.dev', namespace: 'runtime' },
  {
    type: 'AdjtimeStatuses.v1alpha1.talos.dev',
    namespace: 'runtime',
    columns: [
      ['Offset', '{.offset}'],
      ['EstError', '{.estError}'],
      ['MaxError', '{.maxError}'],
      ['Status', '{.status}'],
      ['Sync', '{.syncStatus}'],
    ],
  },
  { type: 'APIServiceConfigs.runtime.talos.dev', namespace: 'runtime', since: '1.13' },
  {
    type: 'BootedEntries.talos.dev',
    namespace: 'runtime',
    since: '1.11',
    columns: [['Booted Entry', '{.bootedEntry}']],
  },
  {
    type: 'BootIDs.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.14',
    columns: [['Boot ID', '{.bootID}']],
  },
  {
    type: 'CPUStats.perf.talos.dev',
    namespace: 'perf',
    columns: [
      ['User', '{.cpuTotal.user}'],
      ['System', '{.cpuTotal.system}'],
    ],
  },
  {
    type: 'DevicesStatuses.runtime.talos.dev',
    namespace: 'runtime',
    columns: [['Ready', '{.ready}']],
  },
  {
    type: 'Diagnostics.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.8',
    columns: [['Message', '{.message}']],
  },
  {
    type: 'Environments.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.13',
    aliases: ['env'],
    columns: [['Variables', '{.variables}']],
  },
  { type: 'EventSinkConfigs.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'ExtensionServiceConfigs.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.7',
    sensitive: true,
  },
  { type: 'ExtensionServiceConfigStatuses.runtime.talos.dev', namespace: 'runtime', since: '1.7' },
  {
    type: 'ExtensionStatuses.runtime.talos.dev',
    namespace: 'runtime',
    aliases: ['extensions'],
    columns: [
      ['Name', '{.metadata.name}'],
      ['Version', '{.metadata.version}'],
    ],
  },
  {
    type: 'ImageFactorySchematics.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.14',
    columns: [
      ['Schematic ID', '{.schematicId}'],
      ['Flavor', '{.flavor}'],
      ['API URL', '{.apiUrl}'],
    ],
  },
  {
    type: 'KernelCmdlines.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.11',
    aliases: ['cmdline'],
    columns: [['Cmdline', '{.cmdline}']],
  },
  { type: 'KernelModuleSpecs.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'KernelModuleStatuses.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.14',
    aliases: ['module', 'modules'],
    columns: [
      ['Type', '{.type}'],
      ['State', '{.state}'],
    ],
  },
  { type: 'KernelParamDefaultSpecs.runtime.talos.dev', namespace: 'runtime' },
  { type: 'KernelParamSpecs.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'KernelParamStatuses.runtime.talos.dev',
    namespace: 'runtime',
    aliases: ['sysctls', 'kernelparameters', 'kernelparams'],
    columns: [
      ['Current', '{.current}'],
      ['Default', '{.default}'],
      ['Unsupported', '{.unsupported}'],
    ],
  },
  { type: 'KmsgLogConfigs.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'LoadedKernelModules.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.11',
    columns: [['State', '{.state}']],
  },
  { type: 'MachineConfigs.config.talos.dev', namespace: 'config', sensitive: true },
  { type: 'MachineResetSignals.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'MachineStatuses.runtime.talos.dev',
    namespace: 'runtime',
    columns: [
      ['Stage', '{.stage}'],
      ['Ready', '{.status.ready}'],
    ],
  },
  { type: 'MachineTypes.config.talos.dev', namespace: 'config', columns: [['Type', '{@}']] },
  { type: 'MaintenanceServiceConfigs.runtime.talos.dev', namespace: 'runtime' },
  { type: 'MaintenanceServiceRequests.runtime.talos.dev', namespace: 'runtime' },
  {
    type: 'MemoryStats.perf.talos.dev',
    namespace: 'perf',
    columns: [
      ['Used', '{.used}'],
      ['Total', '{.total}'],
    ],
  },
  {
    type: 'MetaKeys.runtime.talos.dev',
    namespace: 'runtime',
    aliases: ['meta'],
    columns: [['Value', '{.value}']],
  },
  { type: 'MetaLoads.runtime.talos.dev', namespace: 'runtime', columns: [['Done', '{.done}']] },
  {
    type: 'MountStatuses.runtime.talos.dev',
    namespace: 'runtime',
    aliases: ['mounts'],
    ownAliasesOnly: true,
    columns: [
      ['Source', '{.source}'],
      ['Target', '{.target}'],
      ['Filesystem Type', '{.filesystemType}'],
    ],
  },
  {
    type: 'OOMActions.talos.dev',
    namespace: 'runtime',
    since: '1.12',
    aliases: ['oomaction', 'oomactions'],
    columns: [
      ['Time', '{.time}'],
      ['Score', '{.score}'],
    ],
    sensitive: true,
  },
  {
    type: 'PlatformMetadatas.talos.dev',
    namespace: 'runtime',
    columns: [
      ['Platform', '{.platform}'],
      ['Type', '{.instanceType}'],
      ['Region', '{.region}'],
      ['Zone', '{.zone}'],
    ],
  },
  { type: 'RebootRequests.runtime.talos.dev', namespace: 'runtime', since: '1.14' },
  {
    type: 'SBOMItems.talos.dev',
    namespace: 'runtime',
    since: '1.11',
    aliases: ['sbom', 'sboms'],
    columns: [
      ['Version', '{.version}'],
      ['License', '{.license}'],
      ['Extension', '{.extension}'],
    ],
  },
  {
    type: 'SecurityStates.talos.dev',
    namespace: 'runtime',
    columns: [
      ['SecureBoot', '{.secureBoot}'],
      ['UKISigningKeyFingerprint', '{.ukiSigningKeyFingerprint}'],
      ['PCRSigningKeyFingerprint', '{.pcrSigningKeyFingerprint}'],
      ['SELinuxState', '{.selinuxState}'],
      ['ModuleSignatureEnforced', '{.moduleSignatureEnforced}'],
    ],
  },
  {
    type: 'ServicePIDs.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.13',
    columns: [['PID', '{.pid}']],
  },
  {
    type: 'Services.v1alpha1.talos.dev',
    namespace: 'runtime',
    aliases: ['svc'],
    columns: [
      ['Running', '{.running}'],
      ['Healthy', '{.healthy}'],
      ['Health Unknown', '{.unknown}'],
    ],
  },
  {
    type: 'TimeStatuses.v1alpha1.talos.dev',
    namespace: 'runtime',
    columns: [['Synced', '{.synced}']],
  },
  {
    type: 'UnattendedInstallStatuses.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.14',
    columns: [['Phase', '{.phase}']],
  },
  {
    type: 'UniqueMachineTokens.runtime.talos.dev',
    namespace: 'runtime',
    columns: [['Token', '{.token}']],
  },
  {
    type: 'Versions.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.10',
    columns: [
      ['Name', '{.name}'],
      ['Version', '{.version}'],
    ],
  },
  {
    type: 'WatchdogTimerConfigs.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.7',
    columns: [
      ['Device', '{.device}'],
      ['Timeout', '{.timeout}'],
    ],
  },
  {
    type: 'WatchdogTimerStatuses.runtime.talos.dev',
    namespace: 'runtime',
    since: '1.7',
    columns: [
      ['Device', '{.device}'],
      ['Timeout', '{.timeout}'],
    ],
  },
];
