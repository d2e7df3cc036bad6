import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { anything, callback, flag, oneOf } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Target } from '../../runtime/target.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { type AppliedConfiguration, applyChange } from './apply-change.js';
import { type ConfigurationChange, checkChange } from './change.js';
import type { ConfigurationCheck } from './check-node.js';
import type { ApplyMode } from './send.js';
import type { ApplyConfigurationStep } from './step.js';

export type { AppliedConfiguration } from './apply-change.js';
export type { ConfigurationChange } from './change.js';
export type { CheckAttempt, ConfigurationCheck } from './check-node.js';
export type { ApplyMode } from './send.js';
export type { ApplyConfigurationStep } from './step.js';

/** How a configuration is applied. */
export interface ApplyConfigurationOptions extends OperationOptions<ApplyConfigurationStep> {
  /**
   * `NO_REBOOT` puts the configuration in force and on the disk; `STAGED` on the disk alone, for the
   * next boot; `TRY` puts it in force, checks the node, and then keeps it as `NO_REBOOT` does, or lets
   * the node go back. Default: `NO_REBOOT`.
   */
  readonly mode?: ApplyMode | undefined;
  /** Compares and validates, and sends nothing. Default: no. */
  readonly dryRun?: boolean | undefined;
  /**
   * Milliseconds after which a node goes back by itself from what it tries. The check has the first
   * half of them. Default: 120000.
   */
  readonly tryTimeoutMs?: number | undefined;
  /**
   * Looks at a node that tries a configuration; `false` or an error lets it go back. Default: the node
   * answers over a new connection, and misses nothing that it did not miss before.
   */
  readonly check?: ConfigurationCheck | undefined;
  /**
   * What becomes of a configuration that is staged or being tried, when patches or a function build on
   * the one in force: `refuse` leaves it and fails, `replace` loses it. Default: `refuse`.
   */
  readonly pending?: 'refuse' | 'replace' | undefined;
}

const shape: Shape<ApplyConfigurationOptions> = {
  ...operationShape,
  mode: oneOf('NO_REBOOT', 'STAGED', 'TRY'),
  dryRun: flag,
  tryTimeoutMs: anything,
  check: callback,
  pending: oneOf('refuse', 'replace'),
};

const TRY_MS = 120_000;

/**
 * Brings the configuration of a node to what it is to be, without a reboot. It is read, changed, and
 * validated as the node does; nothing is sent when nothing changes. A change that would overwrite one
 * that somebody else made in the meantime is refused.
 *
 * `NO_REBOOT` and `TRY` change the configuration in force, `STAGED` the one on the disk. It is sent
 * once: when the reply is lost, the node is looked at, and it is sent again only if the node has not
 * taken it. It needs `os:admin`.
 *
 * @example
 * ```ts
 * const change = { patches: [{ machine: { sysctls: { 'vm.max_map_count': '262144' } } }] };
 * const { applied, diff } = await applyConfiguration(talos.node('10.0.0.2'), change, { mode: 'TRY' });
 * ```
 * @param node `talos.node(address)`; a machine in maintenance gets its configuration by `provision`
 * @param change a whole configuration, patches, or a function of the current one
 * @throws {TalosConfigError} for a wrong option
 * @throws {MachineConfigError} when the configuration is one that the node would refuse
 * @throws {TalosOperationError} when the node does not take it within `timeoutMs` (default: 600000), it
 * was changed meanwhile, or the check failed; with `outcome: 'unchanged'` when the node is as it was
 */
export async function applyConfiguration(
  node: Target,
  change: ConfigurationChange,
  options: ApplyConfigurationOptions = {},
  parts?: ReconnectParts,
): Promise<AppliedConfiguration> {
  checkOptions(options, shape, 'applyConfiguration');
  const { mode = 'NO_REBOOT', dryRun = false, tryTimeoutMs = TRY_MS, pending = 'refuse' } = options;
  checkTrying(options, mode);
  checkDuration(tryTimeoutMs, 'tryTimeoutMs');
  checkChange(change);
  const target = checkLastingTarget(node, 'applyConfiguration');
  const setup = { name: 'applyConfiguration', target, options, defaultTimeoutMs: 600_000, parts };
  const settings = { mode, dryRun, tryTimeoutMs, pending, check: options.check };
  return runOperation(setup, (operation) => applyChange(operation, target, change, settings));
}

function checkTrying({ check, tryTimeoutMs }: ApplyConfigurationOptions, mode: ApplyMode): void {
  const field = check !== undefined ? 'check' : tryTimeoutMs !== undefined ? 'tryTimeoutMs' : '';
  if (mode === 'TRY' || field === '') return;
  throw new TalosConfigError(`${field}: only with the mode TRY, not with ${mode}`, { field });
}
