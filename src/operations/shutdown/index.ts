import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { flag } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import type { TrackStep } from '../track/action.js';
import { tracked } from '../track/tracked.js';

/** The steps of `shutdown`; it ends with `boot`. */
export type ShutdownStep = TrackStep;

/** How a node is shut down. */
export interface ShutdownOptions extends OperationOptions<ShutdownStep> {
  /**
   * Whether the node neither cordons nor drains itself first, and ends whatever else it does. Default:
   * no.
   */
  readonly force?: boolean | undefined;
}

const shutdownShape: Shape<ShutdownOptions> = { ...operationShape, force: flag };

/** A node that was shut down. */
export interface ShutdownResult {
  /** Its address; absent where the target was a client with a single machine. */
  readonly node: string | undefined;
}

/**
 * Shuts a node down, and waits until it does not answer any more. The node cordons and drains itself
 * first, and Kubernetes keeps it cordoned until it has booted again.
 *
 * The call is sent once. If its reply is lost, the node is looked at. `os:operator` may do it.
 *
 * @example
 * ```ts
 * await shutdown(talos.node('10.0.0.3'));
 * ```
 * @param node a named node, by an address of its own: no virtual IP
 * @throws {TalosOperationError} when the node refuses, its sequence fails, it boots again, or still
 * answers after `timeoutMs` (default: 30 minutes)
 */
export async function shutdown(
  node: Target,
  options: ShutdownOptions = {},
  parts?: ReconnectParts,
): Promise<ShutdownResult> {
  checkOptions(options, shutdownShape, 'shutdown');
  const { force = false } = options;
  const setup = { target: checkTarget(node), options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation<ShutdownStep, ShutdownResult>({ ...setup, name: 'shutdown' }, (operation) => {
    const send = async (call: object): Promise<string> =>
      (await lifecycle(node).shutdown({ force }, call)).actorId;
    return tracked(operation, node, { sequences: ['shutdown'], send }, async (tracker) => {
      await tracker.begin();
      await tracker.send();
      await tracker.untilOff();
      return { node: node.address };
    });
  });
}
