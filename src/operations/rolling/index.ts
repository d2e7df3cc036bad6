import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { TalosNode } from '../../runtime/target.js';
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

export type { PlannedNode, RollingPlan, Wave } from '../waves/plan.js';
export type {
  RollingDone,
  RollingResult,
  RollingSettings,
  RollingStep,
} from '../waves/settings.js';

/** How `rolling` is run. */
export interface RollingOptions extends OperationOptions<RollingStep>, RollingSettings {}

const rollingShape: Shape<RollingOptions> = { ...operationShape, ...rollingSettingsShape };

/** What a step is given besides its node. */
export interface RollingCall {
  /** Ends with `rolling`; pass it on. */
  readonly signal: AbortSignal;
}

/**
 * Does something to many nodes, so that the cluster goes on: control planes first and one at a time,
 * each only when etcd is healthy, has no alarm and keeps its quorum without it; then workers in waves. It
 * stops at the first failure, when the others of the wave are through. The error names the nodes that are
 * `done` and those that were not begun, `left`.
 *
 * @example
 * ```ts
 * const nodes = talos.nodes(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
 * await rolling(nodes, (node, { signal }) => reboot(node, { signal }));
 * ```
 * @param nodes named nodes, such as a set of `talos.nodes(…)`
 * @param step is called once for each node, and is to end when the node is well again
 * @throws {TalosOperationError} when a node does not answer at the start, etcd would not go on, a step
 * fails, or it takes longer than `timeoutMs` (default: a day)
 */
export async function rolling<Result>(
  nodes: Iterable<TalosNode>,
  step: (node: TalosNode, call: RollingCall) => Promise<Result>,
  options: RollingOptions = {},
  parts?: ReconnectParts,
): Promise<RollingResult<Result>> {
  checkOptions(options, rollingShape, 'rolling');
  if (typeof step !== 'function') {
    throw new TalosConfigError('rolling: step: expected a function of a node', { field: 'step' });
  }
  const list = listOf(nodes, 'rolling');
  const setup = { name: 'rolling', options, defaultTimeoutMs: DAY_MS, parts };
  return runOperation<RollingStep, RollingResult<Result>>(setup, (operation) =>
    roll(operation, list, options, (node) => step(node, { signal: operation.signal })),
  );
}
