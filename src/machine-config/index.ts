export type * from '../../generated/machine-config/index.js';
export type { Change } from './compare/changed-paths.js';
export {
  type ConfigChange,
  type DiffOptions,
  diffMachineConfigs,
  type MachineConfigDiff,
} from './compare/diff-machine-configs.js';
export { redact } from './compare/redact.js';
export { MachineConfig } from './document.js';
export { MachineConfigError, type MachineConfigProblem } from './error.js';
export { formatMachineConfig } from './format-config.js';
export type { MachineType } from './generate/input.js';
export { type ConfigLoss, findLosses } from './generate/losses.js';
export {
  type GenerateAllOptions,
  generateMachineConfig,
  generateMachineConfigs,
  type MachineConfigs,
} from './generate/machine-configs.js';
export type { GenerateOptions } from './generate/options.js';
export { generateTalosconfig, type TalosconfigOptions } from './generate/talosconfig.js';
export {
  createMachineConfig,
  type ParseMachineConfigOptions,
  parseMachineConfig,
} from './parse/parse.js';
export { createPatch } from './patch/create-patch.js';
export type { JsonOperation } from './patch/json-patch.js';
export { type PatchOptions, patchMachineConfig } from './patch/patch-machine-config.js';
export type { Deletion, DocumentPatch, MachineConfigPatch } from './patch/patch-type.js';
export type { BundledAuthority, SecretsBundle } from './secrets/bundle.js';
export type { BundleUse } from './secrets/check.js';
export { formatSecrets, parseSecrets } from './secrets/file.js';
export { secretsFromMachineConfig } from './secrets/from-config.js';
export { generateSecrets, type SecretsOptions } from './secrets/generate.js';
export type { MachineConfigVerdict } from './validate/reporter.js';
export {
  type MachineMode,
  type ValidateMachineConfigOptions,
  validateMachineConfig,
} from './validate/validate.js';
export { type ExtraArgs, type FreeObject, type FreeValue, Timestamp } from './values.js';
