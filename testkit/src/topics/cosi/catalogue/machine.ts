import type { Machine } from '../../../base/machine.js';
import { supports } from '../../../base/versions.js';
import { extensions } from '../../services/definitions.js';
import { installation } from '../../system/installation.js';
import { KERNEL_CMDLINE } from '../../system/kernel.js';
import { machineStatus } from '../../system/machine-status.js';
import { meta } from '../../system/meta.js';
import { timeSync } from '../../system/time-sync.js';
import {
  adjtimeStatusKind,
  environmentKind,
  extensionStatusKind,
  kernelCmdlineKind,
  timeStatusKind,
} from '../kinds/kernel.js';
import {
  apiServiceConfigKind,
  bootedEntryKind,
  bootIdKind,
  devicesStatusKind,
  machineStatusKind,
  maintenanceServiceConfigKind,
  metaKeyKind,
  metaLoadedKind,
  platformMetadataKind,
  securityStateKind,
  unattendedInstallStatusKind,
  uniqueMachineTokenKind,
  versionKind,
} from '../kinds/runtime.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** What a machine is by itself: its stage, release, boot and platform. */
export const machineSource: ResourceSource = {
  kinds: [
    machineStatusKind,
    versionKind,
    bootIdKind,
    securityStateKind,
    kernelCmdlineKind,
    platformMetadataKind,
    environmentKind,
    devicesStatusKind,
    metaLoadedKind,
    timeStatusKind,
    adjtimeStatusKind,
    apiServiceConfigKind,
    maintenanceServiceConfigKind,
    bootedEntryKind,
    unattendedInstallStatusKind,
    extensionStatusKind,
  ],
  topics: ['machine', 'status', 'installation', 'time'],
  *resources(machine: Machine): Generator<Published> {
    const { address, bootId, inMaintenance, name, talosVersion } = machine;
    const { stage, ready, unmetConditions } = machine.state(machineStatus).current;
    yield publish(machineStatusKind, 'machine', {
      stage: stage.toLowerCase().replace('_', ' '),
      status: { ready, unmetConditions },
    });
    yield publish(versionKind, 'version', { name: 'Talos', version: talosVersion });
    yield publish(bootIdKind, 'boot-id', { bootID: bootId });
    yield* installed(machine);
    yield publish(securityStateKind, 'securitystate', {
      secureBoot: false,
      selinuxState: 'enabled, permissive',
      fipsState: 'disabled',
      bootedWithUKI: true,
      moduleSignatureEnforced: true,
    });
    yield publish(kernelCmdlineKind, 'cmdline', { cmdline: KERNEL_CMDLINE });
    yield publish(platformMetadataKind, 'platformmetadata', { platform: 'metal', hostname: name });
    yield publish(environmentKind, 'machined', { variables: [] });
    yield publish(devicesStatusKind, 'devices', { ready: true });
    yield publish(metaLoadedKind, 'meta-loaded', { done: true });
    yield publish(timeStatusKind, 'node', {
      synced: machine.state(timeSync).isSynced,
      epoch: machine.state(timeSync).epoch,
      syncDisabled: false,
      spikeDetected: false,
      consecutiveSpikes: 0,
    });
    yield publish(adjtimeStatusKind, 'node', {
      offsetMs: 0.031,
      frequencyAdjustmentRatio: 1.000_012,
      maxErrorMs: 8,
      estErrorMs: 0.5,
      status: 'STA_PLL | STA_NANO',
      constant: 7,
      syncStatus: true,
      state: 'TIME_OK',
    });
    yield publish(apiServiceConfigKind, 'apid', {
      listenAddress: ':50000',
      nodeRoutingDisabled: inMaintenance,
      readonlyRoleMode: inMaintenance,
      skipVerifyingClientCert: inMaintenance,
    });
    if (inMaintenance && !supports(talosVersion, '1.13')) {
      yield publish(maintenanceServiceConfigKind, 'maintenance', {
        listenAddress: ':50000',
        reachableAddresses: [address],
      });
    }
  },
};

function* installed(machine: Machine): Generator<Published> {
  const { bootedEntry, isInstalled, phase, wanted } = machine.state(installation);
  if (isInstalled) {
    yield publish(bootedEntryKind, 'bootedentry', {
      bootedEntry: `Talos-${machine.talosVersion}~${bootedEntry}.efi`,
    });
  }
  if (phase !== undefined) {
    yield publish(unattendedInstallStatusKind, 'unattended-install', {
      phase,
      ...(wanted === undefined ? {} : { image: wanted.image }),
    });
  }
  for (const [index, extension] of extensions.entries()) {
    yield publish(extensionStatusKind, String(index), {
      image: `${index}.sqsh`,
      metadata: { ...extension, compatibility: { talos: { version: '>= v1.6.0' } } },
    });
  }
}

/** Where META keeps the token that management gives a machine. */
const UNIQUE_TOKEN = 16;

/** The values of META. */
export const metaKeySource: ResourceSource = {
  kinds: [metaKeyKind, uniqueMachineTokenKind],
  topics: ['meta'],
  *resources(machine: Machine): Generator<Published> {
    const values = machine.state(meta);
    for (const [key, value] of values.entries()) {
      yield publish(metaKeyKind, `0x${key.toString(16).padStart(2, '0')}`, { value });
    }
    yield publish(uniqueMachineTokenKind, 'unique-machine-token', {
      token: values.read(UNIQUE_TOKEN) ?? '',
    });
  },
};
