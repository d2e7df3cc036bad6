import type { RuntimeMachineStage } from '../../../../generated/messages/definitions/enums.js';
import {
  encodeBootIDSpec,
  encodeMachineStatusSpec,
  encodeVersionSpec,
} from '../../../../generated/server/definitions/runtime.js';
import type { Machine } from '../../machine/machine.js';
import { defineKind, encoded, enumName } from '../kind.js';
import { type Published, publish, type ResourceSource } from '../source.js';

/** How far a node is, in `MachineStatuses.runtime.talos.dev`. */
export interface MachineStatusSpec {
  /** As text: `running`, `shutting down`. */
  readonly stage: string;
  readonly status: {
    readonly ready: boolean;
    readonly unmetConditions: readonly { readonly name: string; readonly reason: string }[];
  };
}

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

/** The release that runs, in `Versions.runtime.talos.dev`. */
export interface VersionSpec {
  readonly name: string;
  readonly version: string;
}

export const versionKind = defineKind({
  type: 'Versions.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.VersionController',
  proto: (spec: VersionSpec) => encoded(encodeVersionSpec, spec),
});

/** What tells one boot from the next, in `BootIDs.runtime.talos.dev`. */
export interface BootIdSpec {
  readonly bootID: string;
}

export const bootIdKind = defineKind({
  type: 'BootIDs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.BootIDController',
  proto: ({ bootID }: BootIdSpec) => encoded(encodeBootIDSpec, { bootId: bootID }),
});

/** What the frame of a machine knows by itself. */
export const machineSource: ResourceSource = {
  topics: ['machine'],
  *resources(machine: Machine): Generator<Published> {
    yield publish(machineStatusKind, 'machine', {
      stage: machine.stage.toLowerCase().replace('_', ' '),
      status: { ready: true, unmetConditions: [] },
    });
    yield publish(versionKind, 'version', { name: 'Talos', version: machine.talosVersion });
    yield publish(bootIdKind, 'boot-id', { bootID: machine.bootId });
  },
};
