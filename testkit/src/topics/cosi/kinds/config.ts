import type { MachineType as MachineTypeName } from '../../../../generated/definitions/config.js';
import {
  encodeMachineConfigSpec,
  encodeMachineTypeSpec,
} from '../../../../generated/definitions/config.js';
import { defineKind, encoded } from '../kind.js';
import type { PublishOptions } from '../source.js';

/**
 * `MachineConfigs`: what is in force has the id `v1alpha1`, what is on disk `persistent`; sensitive.
 * The spec is the text of all documents, which `yaml_spec` holds as one YAML string. Publish it
 * with `machineConfigOptions`.
 */
export const machineConfigKind = defineKind({
  type: 'MachineConfigs.config.talos.dev',
  namespace: 'config',
  owner: '',
  proto: (text: string) => encoded(encodeMachineConfigSpec, { yamlMarshalled: Buffer.from(text) }),
});

/** The annotation that says that the spec is text. */
export const machineConfigOptions: PublishOptions = {
  annotations: { 'talos.dev/yaml-spec': '1' },
};

const typeNames = {
  unknown: 'UNKNOWN',
  init: 'INIT',
  controlplane: 'CONTROL_PLANE',
  worker: 'WORKER',
} as const satisfies Record<string, MachineTypeName>;

/** `MachineTypes`, id `machine-type`. The spec is the type itself. */
export const machineTypeKind = defineKind({
  type: 'MachineTypes.config.talos.dev',
  namespace: 'config',
  owner: 'config.MachineTypeController',
  proto: (type: keyof typeof typeNames) =>
    encoded(encodeMachineTypeSpec, { machineType: typeNames[type] }),
});
