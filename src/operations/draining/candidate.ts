import type { Target } from '../../runtime/target.js';
import type { KubernetesApi, KubernetesNode } from '../kubernetes/api.js';
import { askKubernetes } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';
import { getNode, kubernetesNameOf, takesPods } from './node.js';

/** A node that is to be drained. */
export interface DrainCandidate {
  /** Its name in Kubernetes. */
  readonly name: string;
  readonly node: KubernetesNode;
}

/** Why a node is left as it is. */
export type NoCandidate = 'no other node takes pods' | 'not in Kubernetes';

/**
 * The node to drain, or why `auto` leaves it as it is.
 *
 * @throws {TalosOperationError} with `always`, when the node is not in Kubernetes
 */
export async function drainCandidate<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  target: Target,
  drain: 'auto' | 'always',
): Promise<DrainCandidate | NoCandidate> {
  const name = await kubernetesNameOf(target, operation.signal);
  if (drain === 'always') return getNode(operation, api, name);
  if (name === undefined) return 'not in Kubernetes';
  const nodes = await askKubernetes(operation, (call) => api.listNodes(call));
  const node = nodes.find(({ metadata }) => metadata?.name === name);
  if (node === undefined) return 'not in Kubernetes';
  const others = nodes.filter(({ metadata }) => metadata?.name !== name);
  return others.some(takesPods) ? { name, node } : 'no other node takes pods';
}
