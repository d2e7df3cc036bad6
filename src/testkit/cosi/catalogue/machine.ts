import type { Machine } from '../../machine/machine.js';
import { supports } from '../../versions.js';
import { environmentKind, kernelCmdlineKind, timeStatusKind } from '../kinds/kernel.js';
import {
  apiServiceConfigKind,
  bootedEntryKind,
  bootIdKind,
  devicesStatusKind,
  machineStatusKind,
  maintenanceServiceConfigKind,
  metaLoadedKind,
  platformMetadataKind,
  securityStateKind,
  uniqueMachineTokenKind,
  versionKind,
} from '../kinds/runtime.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** What the frame of a machine knows: its stage, release, boot and platform. */
export const machineSource: ResourceSource = {
  topics: ['machine'],
  *resources(machine: Machine): Generator<Published> {
    const { address, bootId, inMaintenance, name, stage, talosVersion } = machine;
    yield publish(machineStatusKind, 'machine', {
      stage: stage.toLowerCase().replace('_', ' '),
      status: { ready: true, unmetConditions: [] },
    });
    yield publish(versionKind, 'version', { name: 'Talos', version: talosVersion });
    yield publish(bootIdKind, 'boot-id', { bootID: bootId });
    yield publish(bootedEntryKind, 'bootedentry', { bootedEntry: `Talos-${talosVersion}.efi` });
    yield publish(securityStateKind, 'securitystate', {
      secureBoot: false,
      selinuxState: 'permissive',
      fipsState: 'disabled',
      bootedWithUKI: true,
      moduleSignatureEnforced: true,
    });
    yield publish(kernelCmdlineKind, 'cmdline', { cmdline: kernelCmdline });
    yield publish(platformMetadataKind, 'platformmetadata', { platform: 'metal', hostname: name });
    yield publish(uniqueMachineTokenKind, 'unique-machine-token', { token: '' });
    yield publish(environmentKind, 'machined', { variables: [] });
    yield publish(devicesStatusKind, 'devices', { ready: true });
    yield publish(metaLoadedKind, 'meta-loaded', { done: true });
    yield publish(timeStatusKind, 'node', {
      synced: true,
      epoch: 1,
      syncDisabled: false,
      spikeDetected: false,
      consecutiveSpikes: 0,
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

/** What a metal image starts its kernel with. */
const kernelCmdline =
  'talos.platform=metal console=tty0 init_on_alloc=1 slab_nomerge pti=on ' +
  'consoleblank=0 nvme_core.io_timeout=4294967295 printk.devkmsg=on selinux=1 ' +
  'module.sig_enforce=1 proc_mem.force_override=never';
