import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type Drained, type DrainedStep, drained } from '../draining/drained.js';
import { type DrainOptions, drainShape } from '../draining/options.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import type { TrackStep } from '../track/action.js';
import { readRelease } from '../track/release.js';
import { tracked } from '../track/tracked.js';

/** The steps of `rollback`. */
export type RollbackStep = TrackStep | DrainedStep;

/** How a node is rolled back. */
export interface RollbackOptions extends OperationOptions<RollbackStep>, DrainOptions {}

const rollbackShape: Shape<RollbackOptions> = { ...operationShape, ...drainShape };

/** A node that was rolled back. */
export interface RollbackResult {
  /** Its address; absent where the target was a client with a single machine. */
  readonly node: string | undefined;
  /** The release that ran before, such as `v1.14.0`. */
  readonly previousVersion: string;
  /** The release that runs now. It may be the same, with other extensions. */
  readonly version: string;
  /** The ids of the boot that is over, and of the one that it is in. */
  readonly previousBootId: string | undefined;
  readonly bootId: string | undefined;
  /** Whether it was drained before, and why not. */
  readonly drained: Drained;
}

/**
 * Boots a node into the installation that it had before its last upgrade, and waits until it is back:
 * in another boot, running and ready. It is drained before, and uncordoned afterwards if it was
 * schedulable.
 *
 * The call is sent once: a second one would roll forward again. If its reply is lost, the boot of the
 * node decides. A node that then does not reboot is an error with the outcome `unknown`, since its next
 * boot may be of either installation. Needs `os:admin`.
 *
 * @example
 * ```ts
 * const { previousVersion, version } = await rollback(talos.node('10.0.0.3'));
 * ```
 * @param node a named node, by an address of its own: no virtual IP
 * @throws {TalosOperationError} when there is nothing to go back to, another node answers at the
 * address, or it is not ready within `timeoutMs` (default: 30 minutes)
 */
export async function rollback(
  node: Target,
  options: RollbackOptions = {},
  parts?: ReconnectParts,
): Promise<RollbackResult> {
  checkOptions(options, rollbackShape, 'rollback');
  const setup = { target: checkTarget(node), options, defaultTimeoutMs: 1_800_000, parts };
  const action = {
    sequences: ['reboot'],
    // Its events carry no id.
    send: async (call: object): Promise<string> => {
      await lifecycle(node).rollback({}, call);
      return '';
    },
    // The boot entry may be another one already.
    withoutSign: 'unknown',
  } as const;
  return runOperation<RollbackStep, RollbackResult>({ ...setup, name: 'rollback' }, (operation) =>
    tracked(operation, node, action, async (tracker) => {
      const before = await tracker.begin();
      const previousVersion = await readRelease(operation, node);
      return drained(operation, node, options, async (report) => {
        await tracker.send();
        const after = await tracker.untilReady(await tracker.untilRebooted());
        return {
          node: node.address,
          previousVersion,
          version: await readRelease(operation, node),
          previousBootId: before.boot.bootId,
          bootId: after.boot.bootId,
          drained: report,
        };
      });
    }),
  );
}
