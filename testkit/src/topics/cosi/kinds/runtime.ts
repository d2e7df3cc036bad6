import type {
  RuntimeFIPSState,
  RuntimeMachineStage,
  RuntimeSELinuxState,
  RuntimeUnattendedInstallPhase,
} from '../../../../generated/definitions/enums.js';
import {
  encodeAPIServiceConfigSpec,
  encodeBootedEntrySpec,
  encodeBootIDSpec,
  encodeDevicesStatusSpec,
  encodeDiagnosticSpec,
  encodeImageFactorySchematicSpec,
  encodeMachineStatusSpec,
  encodeMaintenanceServiceConfigSpec,
  encodeMetaKeySpec,
  encodeMetaLoadedSpec,
  encodePlatformMetadataSpec,
  encodeSecurityStateSpec,
  encodeServicePIDSpec,
  encodeUnattendedInstallStatusSpec,
  encodeUniqueMachineTokenSpec,
  encodeVersionSpec,
} from '../../../../generated/definitions/runtime.js';
import { encodeServiceSpec } from '../../../../generated/definitions/v1alpha1.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { netIp, withoutZeros } from '../values.js';

/** How far a node is. */
export interface MachineStatusSpec {
  /** As text: `running`, `shutting down`. */
  readonly stage: string;
  readonly status: {
    readonly ready: boolean;
    readonly unmetConditions: readonly { readonly name: string; readonly reason: string }[];
  };
}

/** `MachineStatuses`, id `machine`. */
export const machineStatusKind = defineKind({
  type: 'MachineStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.MachineStatusController',
  proto: ({ stage, status }: MachineStatusSpec) =>
    encoded(encodeMachineStatusSpec, {
      stage: enumName<RuntimeMachineStage>('MACHINE_STAGE', stage),
      status,
    }),
});

/** The release that runs. */
export interface VersionSpec {
  readonly name: string;
  readonly version: string;
}

/** `Versions`, id `version`. */
export const versionKind = defineKind({
  type: 'Versions.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.VersionController',
  proto: (spec: VersionSpec) => encoded(encodeVersionSpec, spec),
});

/** What tells one boot from the next. */
export interface BootIdSpec {
  readonly bootID: string;
}

/** `BootIDs`, id `boot-id`. */
export const bootIdKind = defineKind({
  type: 'BootIDs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.BootIDController',
  proto: ({ bootID }: BootIdSpec) => encoded(encodeBootIDSpec, { bootId: bootID }),
});

/** Which entry the boot loader started. */
export interface BootedEntrySpec {
  readonly bootedEntry?: string;
}

/** `BootedEntries`, id `bootedentry`. */
export const bootedEntryKind = defineKind({
  type: 'BootedEntries.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.BootedEntryController',
  proto: (spec: BootedEntrySpec) => encoded(encodeBootedEntrySpec, spec),
});

/** Whether a service runs, and how it is. */
export interface ServiceSpec {
  readonly running: boolean;
  readonly healthy: boolean;
  /** Whether the service has no health check. */
  readonly unknown: boolean;
}

/** `Services`, by service id; there are those that run. */
export const serviceKind = defineKind({
  type: 'Services.v1alpha1.talos.dev',
  namespace: 'runtime',
  owner: 'v1alpha1.ServiceController',
  destroyedDirectly: true,
  proto: (spec: ServiceSpec) => encoded(encodeServiceSpec, spec),
});

/** The process of a service. */
export interface ServicePidSpec {
  readonly pid: number;
  readonly mountNamespace: string;
}

/** `ServicePIDs`, by service id. */
export const servicePidKind = defineKind({
  type: 'ServicePIDs.runtime.talos.dev',
  namespace: 'runtime',
  owner: '',
  destroyedDirectly: true,
  proto: (spec: ServicePidSpec) => encoded(encodeServicePIDSpec, spec),
});

/** A problem that Talos found by itself. */
export interface DiagnosticSpec {
  readonly message: string;
  readonly details: readonly string[];
}

/** `Diagnostics`, by what is wrong, such as `address-overlap`. */
export const diagnosticKind = defineKind({
  type: 'Diagnostics.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.DiagnosticsController',
  proto: (spec: DiagnosticSpec) => encoded(encodeDiagnosticSpec, spec),
});

/** Whether all devices of the machine are known. */
export interface DevicesStatusSpec {
  readonly ready: boolean;
}

/** `DevicesStatuses`, id `devices`. */
export const devicesStatusKind = defineKind({
  type: 'DevicesStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.DevicesStatusController',
  proto: (spec: DevicesStatusSpec) => encoded(encodeDevicesStatusSpec, spec),
});

/** A value of META. */
export interface MetaKeySpec {
  readonly value: string;
}

/** `MetaKeys`, by key: `0x0a`. */
export const metaKeyKind = defineKind({
  type: 'MetaKeys.runtime.talos.dev',
  namespace: 'runtime',
  owner: '',
  proto: (spec: MetaKeySpec) => encoded(encodeMetaKeySpec, spec),
});

/** Whether META has been read. */
export interface MetaLoadedSpec {
  readonly done: boolean;
}

/** `MetaLoads`, id `meta-loaded`. */
export const metaLoadedKind = defineKind({
  type: 'MetaLoads.runtime.talos.dev',
  namespace: 'runtime',
  owner: '',
  proto: (spec: MetaLoadedSpec) => encoded(encodeMetaLoadedSpec, spec),
});

/** Where a machine runs. */
export interface PlatformMetadataSpec {
  readonly platform?: string;
  readonly hostname?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly instanceType?: string;
  readonly instanceId?: string;
  readonly providerId?: string;
}

/** `PlatformMetadatas`, id `platformmetadata`. */
export const platformMetadataKind = defineKind({
  type: 'PlatformMetadatas.talos.dev',
  namespace: 'runtime',
  owner: 'network.PlatformConfigApplyController',
  proto: (spec: PlatformMetadataSpec) => encoded(encodePlatformMetadataSpec, spec),
});

/** How the machine is secured. */
export interface SecurityStateSpec {
  readonly secureBoot: boolean;
  readonly selinuxState?: 'disabled' | 'enabled, permissive' | 'enabled, enforcing';
  readonly fipsState?: 'disabled' | 'enabled' | 'enabled, strict';
  readonly bootedWithUKI?: boolean;
  readonly moduleSignatureEnforced?: boolean;
}

/** `SecurityStates`, id `securitystate`. */
export const securityStateKind = defineKind({
  type: 'SecurityStates.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.SecurityStateController',
  proto: ({ selinuxState, fipsState, bootedWithUKI, ...spec }: SecurityStateSpec) =>
    encoded(encodeSecurityStateSpec, {
      ...spec,
      bootedWithUki: bootedWithUKI,
      seLinuxState: enumName<RuntimeSELinuxState>('SE_LINUX_STATE', lastWord(selinuxState)),
      fipsState: enumName<RuntimeFIPSState>('FIPS_STATE', lastWord(fipsState)),
    }),
  yaml: (spec) => withoutZeros(spec, { selinuxState: 'disabled', fipsState: 'disabled' }),
});

/** The protobuf's name of `enabled, permissive` has its last word alone. */
function lastWord(state = 'disabled'): string {
  return state.replace(/^.*, /, '');
}

/** A secret that tells a machine apart. */
export interface UniqueMachineTokenSpec {
  readonly token: string;
}

/** `UniqueMachineTokens`, id `unique-machine-token`. */
export const uniqueMachineTokenKind = defineKind({
  type: 'UniqueMachineTokens.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.UniqueMachineTokenController',
  proto: (spec: UniqueMachineTokenSpec) => encoded(encodeUniqueMachineTokenSpec, spec),
});

/** How far the installation that needs nobody is. */
export interface UnattendedInstallStatusSpec {
  readonly image?: string;
  readonly phase?: 'pending' | 'installing' | 'installed' | 'waiting-for-reboot' | 'failed';
  readonly error?: string;
}

/** `UnattendedInstallStatuses`, id `unattended-install`. */
export const unattendedInstallStatusKind = defineKind({
  type: 'UnattendedInstallStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.UnattendedInstallController',
  proto: ({ phase = 'pending', ...spec }: UnattendedInstallStatusSpec) =>
    encoded(encodeUnattendedInstallStatusSpec, {
      ...spec,
      phase: enumName<RuntimeUnattendedInstallPhase>('UNATTENDED_INSTALL_PHASE', phase),
    }),
});

/** What the image was made from. */
export interface ImageFactorySchematicSpec {
  readonly schematicId: string;
  readonly flavor: string;
  readonly apiUrl: string;
}

/** `ImageFactorySchematics`, id `image-factory-schematic`. */
export const imageFactorySchematicKind = defineKind({
  type: 'ImageFactorySchematics.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.ImageFactorySchematicController',
  proto: ({ apiUrl, ...spec }: ImageFactorySchematicSpec) =>
    encoded(encodeImageFactorySchematicSpec, { ...spec, apiurl: apiUrl }),
});

/** How the API is served. */
export interface ApiServiceConfigSpec {
  readonly listenAddress: string;
  readonly nodeRoutingDisabled: boolean;
  readonly readonlyRoleMode: boolean;
  readonly skipVerifyingClientCert: boolean;
}

/** `APIServiceConfigs`, id `apid`. */
export const apiServiceConfigKind = defineKind({
  type: 'APIServiceConfigs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.APIServiceConfigController',
  proto: (spec: ApiServiceConfigSpec) => encoded(encodeAPIServiceConfigSpec, spec),
});

/** Where a node in maintenance is reached. */
export interface MaintenanceServiceConfigSpec {
  readonly listenAddress: string;
  readonly reachableAddresses: readonly string[];
}

/** `MaintenanceServiceConfigs`, id `maintenance`. */
export const maintenanceServiceConfigKind = defineKind({
  type: 'MaintenanceServiceConfigs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.MaintenanceConfigController',
  proto: ({ listenAddress, reachableAddresses }: MaintenanceServiceConfigSpec) =>
    encoded(encodeMaintenanceServiceConfigSpec, {
      listenAddress,
      reachableAddresses: reachableAddresses.map(netIp),
    }),
});
