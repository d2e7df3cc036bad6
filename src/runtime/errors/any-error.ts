import type { TalosClosedError } from './closed-error.js';
import type { TalosConfigError } from './config-error.js';
import type { TalosFanOutError } from './fan-out-error.js';
import type { TalosFlowError } from './flow-error.js';
import type { MachineConfigError } from './machine-config-error.js';
import type { TalosOperationError } from './operation-error.js';
import type { TalosProtocolError } from './protocol-error.js';
import type { TalosRpcError } from './rpc-error.js';
import { brand } from './talos-error.js';

/** All errors of this library. Tell them apart by `code`, in a `switch`. */
export type AnyTalosError =
  | TalosConfigError
  | TalosRpcError
  | TalosProtocolError
  | TalosClosedError
  | TalosFanOutError
  | MachineConfigError
  | TalosOperationError
  | TalosFlowError;

/**
 * Whether `value` is an error of this library. It works across several copies of the package in one
 * process, where `instanceof` does not.
 */
export function isTalosError(value: unknown): value is AnyTalosError {
  return value instanceof Error && (value as { [brand]?: unknown })[brand] === true;
}
