import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosNode } from '../../runtime/target.js';
import { withDraining } from '../draining/with-draining.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { type UpgradeResult, upgradeNode } from '../upgrade-node/index.js';
import { checkPath } from '../upgrading/check.js';
import { installerImage } from '../upgrading/image.js';
import {
  type UpgradeNodeSettings,
  type UpgradeRequest,
  type UpgradeStep,
  upgradeRequestShape,
  upgradeSettingsShape,
} from '../upgrading/options.js';
import { listOf } from '../waves/plan.js';
import { roll } from '../waves/roll.js';
import {
  DAY_MS,
  type RollingResult,
  type RollingSettings,
  type RollingStep,
  rollingSettingsShape,
} from '../waves/settings.js';

/** The steps of `rollingUpgrade`: its own, and those of each upgrade with the `node` that it is of. */
export type RollingUpgradeStep = RollingStep | UpgradeStep;

/** How nodes are upgraded one after the other. */
export interface RollingUpgradeOptions
  extends OperationOptions<RollingUpgradeStep>,
    RollingSettings,
    UpgradeNodeSettings {}

const optionsShape: Shape<RollingUpgradeOptions> = {
  ...operationShape,
  ...rollingSettingsShape,
  ...upgradeSettingsShape,
};

/**
 * Upgrades nodes so that the cluster goes on: as `rolling` with `upgradeNode`. Control planes come first
 * and one at a time, each only when etcd goes on without it; then workers in waves. Before the first,
 * all are asked for their releases. Nodes that run the release already are left alone, so that a run
 * that stopped can be made again.
 *
 * @example
 * ```ts
 * const nodes = talos.nodes(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
 * const image = 'ghcr.io/siderolabs/installer:v1.14.1';
 * const { plan } = await rollingUpgrade(nodes, { image }, { dryRun: true });
 * ```
 * @param nodes named nodes, such as a set of `talos.nodes(…)`
 * @throws {TalosConfigError} when the image names no release, or a node would leave minor releases out
 * @throws {TalosOperationError} naming the nodes that are `done` and `left`, when one fails, etcd would
 * not go on, or it takes longer than `timeoutMs` (default: a day)
 */
export async function rollingUpgrade(
  nodes: Iterable<TalosNode>,
  request: UpgradeRequest,
  options: RollingUpgradeOptions = {},
  parts?: ReconnectParts,
): Promise<RollingResult<UpgradeResult>> {
  checkOptions(request, upgradeRequestShape, 'rollingUpgrade');
  checkOptions(options, optionsShape, 'rollingUpgrade');
  const { evenIfSame, skipMinors = false, etcd, imageStore, rebootMode, onProgress } = options;
  const list = listOf(nodes, 'rollingUpgrade');
  const image = installerImage(request.image, request.version);
  const setup = { name: 'rollingUpgrade', options, defaultTimeoutMs: DAY_MS, parts };
  return runOperation<RollingUpgradeStep, RollingResult<UpgradeResult>>(setup, (operation) =>
    withDraining(operation, list, options, (draining) => {
      const settings = { ...draining, evenIfSame, skipMinors, etcd, imageStore, rebootMode };
      const { signal } = operation;
      return roll(
        operation,
        list,
        options,
        (node) => upgradeNode(node, request, { ...settings, onProgress, signal }, parts),
        (plan) => {
          for (const { version } of plan.flat()) checkPath(version, image, skipMinors);
        },
      );
    }),
  );
}
