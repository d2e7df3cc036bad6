import type { KubernetesApi, KubernetesNode } from '../kubernetes/api.js';
import type { Operation } from '../run/operation.js';
import { type EvictedPods, evictPods } from './evict.js';
import { setSchedulable } from './node.js';

/** The steps of `emptyNode`. */
export type EmptyStep = 'cordon' | 'drain';

/** The step of `refillNode`. */
export type RefillStep = 'uncordon';

/**
 * Cordons a node, evicts its pods, and waits until they are gone.
 *
 * @param known the node, if it has just been read
 */
export async function emptyNode<Step extends string>(
  operation: Operation<Step | EmptyStep>,
  api: KubernetesApi,
  name: string,
  known?: KubernetesNode,
): Promise<EvictedPods> {
  operation.begin('cordon');
  await setSchedulable(operation, api, name, false, known);
  operation.begin('drain');
  return evictPods(operation, api, name);
}

/** Lets Kubernetes bind pods to a node again. */
export async function refillNode<Step extends string>(
  operation: Operation<Step | RefillStep>,
  api: KubernetesApi,
  name: string,
): Promise<void> {
  operation.begin('uncordon');
  await setSchedulable(operation, api, name, true);
}
