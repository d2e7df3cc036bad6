import { checkLastingTarget, type ReconnectParts } from '../../reconnect/index.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { TalosNode } from '../../runtime/target.js';
import { kubernetesNameOf, setSchedulable } from '../draining/node.js';
import { type KubernetesOptions, kubernetesShape } from '../draining/options.js';
import { withKubernetes } from '../kubernetes/connect.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

/** The steps of `uncordon`. */
export type UncordonStep = 'connect' | 'uncordon';

/** Options of `uncordon`. */
export interface UncordonOptions extends OperationOptions<UncordonStep>, KubernetesOptions {}

/** A node that is schedulable. */
export interface UncordonedNode {
  /** The name of the node in Kubernetes; absent when it has none. */
  readonly name: string | undefined;
  /** Whether that is new; false if it was schedulable before, or is not in Kubernetes. */
  readonly changed: boolean;
}

const shape: Shape<UncordonOptions> = { ...operationShape, ...kubernetesShape };

/**
 * Uncordons a node: Kubernetes binds pods to it again. A node that is not in Kubernetes is left alone.
 *
 * @throws {TalosOperationError} when the Kubernetes API does not answer within `timeoutMs` (default:
 * 60000)
 */
export async function uncordon(
  node: TalosNode,
  options: UncordonOptions = {},
  parts?: ReconnectParts,
): Promise<UncordonedNode> {
  checkOptions(options, shape, 'uncordon');
  const target = checkLastingTarget(node, 'uncordon');
  const setup = { name: 'uncordon', target, options, defaultTimeoutMs: 60_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('connect');
    return withKubernetes(operation, target, options.kubernetes, async (api) => {
      operation.begin('uncordon');
      const name = await kubernetesNameOf(target, operation.signal);
      const changed = name !== undefined && (await setSchedulable(operation, api, name, true));
      return { name, changed };
    });
  });
}
