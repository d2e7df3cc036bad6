import {
  encodeBootIDSpec,
  encodeMachineStatusSpec,
  encodeVersionSpec,
} from '../../../../generated/server/definitions/runtime.js';
import type { Machine, MachineStage } from '../../machine/machine.js';
import { defineKind } from '../kind.js';
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
  encode: encodeMachineStatusSpec,
  message: ({ stage, status }: MachineStatusSpec) => ({
    stage:
      `MACHINE_STAGE_${stage.toUpperCase().replace(' ', '_')}` as `MACHINE_STAGE_${MachineStage}`,
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
  encode: encodeVersionSpec,
  message: (spec: VersionSpec) => spec,
});

/** What tells one boot from the next, in `BootIDs.runtime.talos.dev`. */
export interface BootIdSpec {
  readonly bootID: string;
}

export const bootIdKind = defineKind({
  type: 'BootIDs.runtime.talos.dev',
  namespace: 'runtime',
  owner: 'runtime.BootIDController',
  encode: encodeBootIDSpec,
  message: ({ bootID }: BootIdSpec) => ({ bootId: bootID }),
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
