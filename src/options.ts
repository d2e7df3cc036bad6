// The subpath talos-client/options: how the client checks the options it is given, for packages
// that wrap it and refuse theirs with the same errors.
export {
  anything,
  callback,
  either,
  flag,
  number,
  oneOf,
  record,
  signal,
  text,
  texts,
} from './runtime/arguments/kinds.js';
export { checkOptions, type Kind, type Shape } from './runtime/arguments/options.js';
