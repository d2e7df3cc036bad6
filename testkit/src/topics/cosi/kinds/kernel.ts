import { fromMs } from 'talos-client';
import type {
  RuntimeKernelModuleState,
  RuntimeKernelModuleType,
} from '../../../../generated/definitions/enums.js';
import { encodeLayer } from '../../../../generated/definitions/extensions.js';
import {
  encodeEnvironmentSpec,
  encodeKernelCmdlineSpec,
  encodeKernelModuleStatusSpec,
  encodeKernelParamStatusSpec,
  encodeMountStatusSpec,
  encodeSBOMItemSpec,
  encodeWatchdogTimerStatusSpec,
} from '../../../../generated/definitions/runtime.js';
import {
  encodeAdjtimeStatusSpec,
  encodeStatusSpec as encodeTimeStatusSpec,
} from '../../../../generated/definitions/time.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { goDuration } from '../values.js';

/** What the kernel was started with. */
export interface KernelCmdlineSpec {
  readonly cmdline: string;
}

/** `KernelCmdlines`, id `cmdline`. */
export const kernelCmdlineKind = defineKind({
  type: 'KernelCmdlines.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.KernelCmdlineController',
  proto: (spec: KernelCmdlineSpec) => encoded(encodeKernelCmdlineSpec, spec),
});

/** A module of the kernel. */
export interface KernelModuleStatusSpec {
  readonly type: 'unknown' | 'built-in' | 'dynamic';
  /** In bytes. */
  readonly size: number;
  readonly referenceCount: number;
  readonly dependencies?: readonly string[];
  readonly state: 'live' | 'loading' | 'unloading' | 'built-in';
  readonly address: string;
}

/** `KernelModuleStatuses`, by module. */
export const kernelModuleStatusKind = defineKind({
  type: 'KernelModuleStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.KernelModuleStatusController',
  proto: ({ type, state, size, referenceCount, ...spec }: KernelModuleStatusSpec) =>
    encoded(encodeKernelModuleStatusSpec, {
      ...spec,
      type: enumName<RuntimeKernelModuleType>('KERNEL_MODULE_TYPE', type.replace('-', '')),
      state: enumName<RuntimeKernelModuleState>('KERNEL_MODULE_STATE', state.replace('-', '')),
      size: BigInt(size),
      referenceCount: BigInt(referenceCount),
    }),
});

/** A setting of the kernel. */
export interface KernelParamStatusSpec {
  readonly current: string;
  readonly default: string;
  readonly unsupported: boolean;
}

/** `KernelParamStatuses`, by path: `proc.sys.net.ipv4.ip_forward`. */
export const kernelParamStatusKind = defineKind({
  type: 'KernelParamStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.KernelParamSpecController',
  proto: (spec: KernelParamStatusSpec) => encoded(encodeKernelParamStatusSpec, spec),
});

/** A file system of a Talos volume that is mounted. */
export interface MountStatusSpec {
  readonly source: string;
  readonly target: string;
  readonly filesystemType: string;
  readonly options: readonly string[];
  readonly encrypted: boolean;
  readonly encryptionProviders?: readonly string[];
}

/** `MountStatuses` of the machine, by volume; the alias `mounts` leads here. */
export const mountStatusKind = defineKind({
  type: 'MountStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.MountStatusController',
  proto: (spec: MountStatusSpec) => encoded(encodeMountStatusSpec, spec),
});

/** Variables that services get. */
export interface EnvironmentSpec {
  readonly variables: readonly string[];
}

/** `Environments`, id `machined`. */
export const environmentKind = defineKind({
  type: 'Environments.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.EnvironmentController',
  proto: (spec: EnvironmentSpec) => encoded(encodeEnvironmentSpec, spec),
});

/** A system extension of the image. */
export interface ExtensionStatusSpec {
  readonly image: string;
  readonly metadata: {
    readonly name: string;
    readonly version: string;
    readonly author: string;
    readonly description: string;
    readonly compatibility: { readonly talos: { readonly version: string } };
  };
}

/** `ExtensionStatuses`, numbered from 0. */
export const extensionStatusKind = defineKind({
  type: 'ExtensionStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.ExtensionStatusController',
  proto: (spec: ExtensionStatusSpec) => encoded(encodeLayer, spec),
});

/** A part that the image is made of. */
export interface SbomItemSpec {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** `SBOMItems`, by name. */
export const sbomItemKind = defineKind({
  type: 'SBOMItems.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.SBOMItemController',
  proto: (spec: SbomItemSpec) => encoded(encodeSBOMItemSpec, spec),
});

/** A hardware watchdog that Talos feeds. */
export interface WatchdogTimerStatusSpec {
  readonly device: string;
  readonly timeoutMs: number;
  readonly feedIntervalMs: number;
}

/** `WatchdogTimerStatuses`, id `timer`. */
export const watchdogTimerStatusKind = defineKind({
  type: 'WatchdogTimerStatuses.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.WatchdogTimerController',
  proto: ({ device, timeoutMs, feedIntervalMs }: WatchdogTimerStatusSpec) =>
    encoded(encodeWatchdogTimerStatusSpec, {
      device,
      timeout: fromMs(timeoutMs),
      feedInterval: fromMs(feedIntervalMs),
    }),
  yaml: ({ device, timeoutMs, feedIntervalMs }) => ({
    device,
    timeout: goDuration(timeoutMs),
    feedInterval: goDuration(feedIntervalMs),
  }),
});

/** Whether the clock of the node is right. */
export interface TimeStatusSpec {
  readonly synced: boolean;
  /** Rises when the clock jumps. */
  readonly epoch: number;
  readonly syncDisabled: boolean;
  readonly spikeDetected: boolean;
  readonly consecutiveSpikes: number;
}

/** `TimeStatuses`, id `node`. */
export const timeStatusKind = defineKind({
  type: 'TimeStatuses.v1alpha1.talos.dev',
  namespace: 'runtime',
  owner: 'time.SyncController',
  proto: ({ epoch, consecutiveSpikes, ...spec }: TimeStatusSpec) =>
    encoded(encodeTimeStatusSpec, {
      ...spec,
      epoch: BigInt(epoch),
      consecutiveSpikes: BigInt(consecutiveSpikes),
    }),
});

/** How the kernel adjusts the clock. */
export interface AdjtimeStatusSpec {
  readonly offsetMs: number;
  readonly frequencyAdjustmentRatio: number;
  readonly maxErrorMs: number;
  readonly estErrorMs: number;
  readonly status: string;
  readonly constant: number;
  readonly syncStatus: boolean;
  readonly state: string;
}

/** `AdjtimeStatuses`, id `node`. */
export const adjtimeStatusKind = defineKind({
  type: 'AdjtimeStatuses.v1alpha1.talos.dev',
  namespace: 'runtime',
  owner: 'time.AdjtimeStatusController',
  proto: ({ offsetMs, maxErrorMs, estErrorMs, constant, ...spec }: AdjtimeStatusSpec) =>
    encoded(encodeAdjtimeStatusSpec, {
      ...spec,
      offset: fromMs(offsetMs),
      maxError: fromMs(maxErrorMs),
      estError: fromMs(estErrorMs),
      constant: BigInt(constant),
    }),
  yaml: ({ offsetMs, maxErrorMs, estErrorMs, ...spec }) => ({
    offset: goDuration(offsetMs),
    frequencyAdjustmentRatio: spec.frequencyAdjustmentRatio,
    maxError: goDuration(maxErrorMs),
    estError: goDuration(estErrorMs),
    status: spec.status,
    constant: spec.constant,
    syncStatus: spec.syncStatus,
    state: spec.state,
  }),
});
