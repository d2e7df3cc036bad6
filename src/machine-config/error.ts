export {
  MachineConfigError,
  type MachineConfigProblem,
} from '../runtime/errors/machine-config-error.js';
