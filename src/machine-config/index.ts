export type * from '../../generated/machine-config/index.js';
export { MachineConfig } from './document.js';
export { MachineConfigError, type MachineConfigProblem } from './error.js';
export { formatMachineConfig } from './format-config.js';
export {
  createMachineConfig,
  type ParseMachineConfigOptions,
  parseMachineConfig,
} from './parse/parse.js';
export { type ExtraArgs, type FreeObject, type FreeValue, Timestamp } from './values.js';
