import { checkLastingTarget, type ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosNode } from '../../runtime/target.js';
import { getNode, kubernetesNameOf, setSchedulable } from '../draining/node.js';
import { type KubernetesOptions, kubernetesShape } from '../draining/options.js';
import { withKubernetes } from '../kubernetes/connect.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

/** The steps of `cordon`. */
export type CordonStep = 'connect' | 'cordon';

/** Options of `cordon`. */
export interface CordonOptions extends OperationOptions<CordonStep>, KubernetesOptions {}

/** A node that is cordoned. */
export interface CordonedNode {
  /** The name of the node in Kubernetes. */
  readonly name: string;
  /** Whether that is new; false if it was cordoned before. */
  readonly changed: boolean;
}

const shape: Shape<CordonOptions> = { ...operationShape, ...kubernetesShape };

/**
 * Cordons a node: Kubernetes binds no more pods to it. Those that it has go on running.
 *
 * @throws {TalosOperationError} when the node is not in Kubernetes, or the Kubernetes API does not
 * answer within `timeoutMs` (default: 60000)
 */
export async function cordon(
  node: TalosNode,
  options: CordonOptions = {},
  parts?: ReconnectParts,
): Promise<CordonedNode> {
  checkOptions(options, shape, 'cordon');
  const target = checkLastingTarget(node, 'cordon');
  const setup = { name: 'cordon', target, options, defaultTimeoutMs: 60_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('connect');
    return withKubernetes(operation, target, options.kubernetes, async (api) => {
      operation.begin('cordon');
      const own = await kubernetesNameOf(target, operation.signal);
      const { name, node: found } = await getNode(operation, api, own);
      return { name, changed: await setSchedulable(operation, api, name, false, found) };
    });
  });
}
