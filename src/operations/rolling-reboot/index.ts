import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosNode } from '../../runtime/target.js';
import { type DrainOptions, drainShape } from '../draining/options.js';
import { withDraining } from '../draining/with-draining.js';
import { type RebootResult, type RebootStep, reboot } from '../reboot/index.js';
import { type RebootSettings, rebootSettingsShape } from '../rebooting/settings.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { listOf } from '../waves/plan.js';
import { roll } from '../waves/roll.js';
import {
  DAY_MS,
  type RollingResult,
  type RollingSettings,
  type RollingStep,
  rollingSettingsShape,
} from '../waves/settings.js';

/** The steps of `rollingReboot`: its own, and those of each reboot with the `node` that it is of. */
export type RollingRebootStep = RollingStep | RebootStep;

/** How nodes are rebooted one after the other. */
export interface RollingRebootOptions
  extends OperationOptions<RollingRebootStep>,
    RollingSettings,
    RebootSettings,
    DrainOptions {}

const optionsShape: Shape<RollingRebootOptions> = {
  ...operationShape,
  ...rollingSettingsShape,
  ...rebootSettingsShape,
  ...drainShape,
};

/**
 * Reboots nodes so that the cluster goes on: as `rolling` with `reboot`. Control planes come first and
 * one at a time, each only when etcd goes on without it; then workers in waves. All are drained before.
 *
 * @example
 * ```ts
 * const { done } = await rollingReboot(talos.nodes(['10.0.0.2', '10.0.0.3', '10.0.0.4']));
 * ```
 * @param nodes named nodes, such as a set of `talos.nodes(…)`
 * @throws {TalosOperationError} naming the nodes that are `done` and `left`, when one fails, etcd would
 * not go on, or it takes longer than `timeoutMs` (default: a day)
 */
export async function rollingReboot(
  nodes: Iterable<TalosNode>,
  options: RollingRebootOptions = {},
  parts?: ReconnectParts,
): Promise<RollingResult<RebootResult>> {
  checkOptions(options, optionsShape, 'rollingReboot');
  const { mode, onProgress } = options;
  const list = listOf(nodes, 'rollingReboot');
  const setup = { name: 'rollingReboot', options, defaultTimeoutMs: DAY_MS, parts };
  return runOperation<RollingRebootStep, RollingResult<RebootResult>>(setup, (operation) =>
    withDraining(operation, list, options, (draining) =>
      roll(operation, list, options, (node) =>
        reboot(node, { ...draining, mode, onProgress, signal: operation.signal }, parts),
      ),
    ),
  );
}
