import { checkLastingTarget, type ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosNode } from '../../runtime/target.js';
import { type EmptyStep, emptyNode, type RefillStep, refillNode } from '../draining/empty.js';
import type { EvictedPods } from '../draining/evict.js';
import { getNode, isSchedulable, kubernetesNameOf } from '../draining/node.js';
import { type KubernetesOptions, kubernetesShape } from '../draining/options.js';
import { withKubernetes } from '../kubernetes/connect.js';
import { withUndo } from '../run/clean-up.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

export type { EvictedPods } from '../draining/evict.js';
export type { KeptPod } from '../draining/pods.js';

/** The steps of `drain`. `uncordon` only follows a failure, or the end of the caller's signal. */
export type DrainStep = 'connect' | EmptyStep | RefillStep;

/** Options of `drain`. */
export interface DrainNodeOptions extends OperationOptions<DrainStep>, KubernetesOptions {}

/** What draining a node did. */
export interface DrainResult extends EvictedPods {
  /** The name of the node in Kubernetes. */
  readonly name: string;
  /** Whether the node was schedulable before. It is cordoned now. */
  readonly wasSchedulable: boolean;
}

const shape: Shape<DrainNodeOptions> = { ...operationShape, ...kubernetesShape };

/**
 * Drains a node: cordons it, evicts its pods, and waits until they are gone. Pods of DaemonSets and
 * static pods stay. Budgets are respected: an eviction that one does not allow is asked for again each
 * 5 s.
 *
 * A drain that does not come to its end leaves the node as it was: it is uncordoned again, if it was
 * schedulable before. Pods that were evicted by then run elsewhere.
 *
 * @example
 * ```ts
 * const { evicted, kept } = await drain(talos.node('10.0.0.5'));
 * ```
 * @throws {TalosOperationError} when pods stay for `timeoutMs` (default: 300000): it names them, and
 * the budgets that keep them; also when the node is not in Kubernetes, or its API does not answer
 */
export async function drain(
  node: TalosNode,
  options: DrainNodeOptions = {},
  parts?: ReconnectParts,
): Promise<DrainResult> {
  checkOptions(options, shape, 'drain');
  const target = checkLastingTarget(node, 'drain');
  const setup = { name: 'drain', target, options, defaultTimeoutMs: 300_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('connect');
    return withKubernetes(operation, target, options.kubernetes, async (api) => {
      const own = await kubernetesNameOf(target, operation.signal);
      const { name, node: found } = await getNode(operation, api, own);
      const wasSchedulable = isSchedulable(found);
      const pods = await withUndo(
        operation,
        () => emptyNode(operation, api, name, found),
        async () => {
          if (wasSchedulable) await refillNode(operation, api, name);
        },
      );
      return { name, wasSchedulable, ...pods };
    });
  });
}
