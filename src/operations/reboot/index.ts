import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type Drained, type DrainedStep, drained } from '../draining/drained.js';
import { type DrainOptions, drainShape } from '../draining/options.js';
import { type RebootSettings, rebootSettingsShape } from '../rebooting/settings.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import type { TrackStep } from '../track/action.js';
import { tracked } from '../track/tracked.js';

export type { RebootSettings } from '../rebooting/settings.js';

/** The steps of `reboot`. */
export type RebootStep = TrackStep | DrainedStep;

/** How one node is rebooted. */
export interface RebootOptions extends OperationOptions<RebootStep>, RebootSettings, DrainOptions {}

const rebootShape: Shape<RebootOptions> = {
  ...operationShape,
  ...drainShape,
  ...rebootSettingsShape,
};

/** A node that was rebooted. */
export interface RebootResult {
  /** Its address; absent where the target was a client with a single machine. */
  readonly node: string | undefined;
  /** The id of the boot that is over; absent where the node tells it to admins only. */
  readonly previousBootId: string | undefined;
  /** The id of the boot that it is in. */
  readonly bootId: string | undefined;
  /** Whether it was drained before, and why not. */
  readonly drained: Drained;
}

/**
 * Reboots a node, and waits until it is back: in another boot, running and ready. It is drained before,
 * and uncordoned afterwards if it was schedulable.
 *
 * The call is sent once. If its reply is lost, the node is looked at. A node that is busy with
 * something else refuses, and that is an error at once. `os:operator` may reboot; draining needs
 * `os:admin`, or a client of the Kubernetes API in `kubernetes`.
 *
 * @example
 * ```ts
 * await reboot(talos.node('10.0.0.3'), { onProgress: ({ step }) => console.log(step) });
 * ```
 * @param node a named node, by an address of its own: no virtual IP
 * @throws {TalosOperationError} when the node refuses, its sequence fails, another node answers at the
 * address, or it is not ready within `timeoutMs` (default: 30 minutes)
 */
export async function reboot(
  node: Target,
  options: RebootOptions = {},
  parts?: ReconnectParts,
): Promise<RebootResult> {
  checkOptions(options, rebootShape, 'reboot');
  const { mode = 'DEFAULT' } = options;
  const setup = { target: checkTarget(node), options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation<RebootStep, RebootResult>({ ...setup, name: 'reboot' }, (operation) => {
    const send = async (call: object): Promise<string> =>
      (await lifecycle(node).reboot({ mode }, call)).actorId;
    return tracked(operation, node, { sequences: ['reboot'], send }, async (tracker) => {
      const before = await tracker.begin();
      return drained(operation, node, options, async (report) => {
        await tracker.send();
        const after = await tracker.untilReady(await tracker.untilRebooted());
        return {
          node: node.address,
          previousBootId: before.boot.bootId,
          bootId: after.boot.bootId,
          drained: report,
        };
      });
    });
  });
}
