import { Nodename } from '../../../generated/cosi/kinds/k8s.js';
import { cosi } from '../../cosi/cosi.js';
import type { Target } from '../../runtime/target.js';
import type { KubernetesApi, KubernetesNode } from '../kubernetes/api.js';
import { httpStatusOf } from '../kubernetes/api-error.js';
import { askKubernetes } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';

/** The name under which Kubernetes knows a node; absent when it runs no kubelet that registers it. */
export async function kubernetesNameOf(
  target: Target,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await cosi(target).find(Nodename, undefined, { signal });
  if (found === undefined || found.spec.skipNodeRegistration) return undefined;
  return found.spec.nodename || undefined;
}

/** A node of Kubernetes; absent when it is not registered. */
export async function findNode<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  name: string,
): Promise<KubernetesNode | undefined> {
  try {
    return await askKubernetes(operation, (call) => api.getNode(name, call));
  } catch (error) {
    if (httpStatusOf(error) === 404) return undefined;
    throw error;
  }
}

/** As `findNode`, for an operation that cannot go on without the node. */
export async function getNode<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  name: string | undefined,
): Promise<{ readonly name: string; readonly node: KubernetesNode }> {
  const node = name === undefined ? undefined : await findNode(operation, api, name);
  if (name === undefined || node === undefined) {
    throw operation.failure(
      `the node is not in Kubernetes${name === undefined ? '' : ` as ${name}`}`,
      { hint: 'its kubelet has not registered it, or its registration is switched off' },
    );
  }
  return { name, node };
}

/** Whether the scheduler may bind pods to the node. */
export function isSchedulable({ spec }: KubernetesNode): boolean {
  return spec?.unschedulable !== true;
}

/** Whether the node said that it is ready, and was heard of since. */
export function isReady({ status }: KubernetesNode): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Whether pods that a node has to give up can go to this one. */
export function takesPods(node: KubernetesNode): boolean {
  const taints = node.spec?.taints ?? [];
  return (
    isSchedulable(node) &&
    isReady(node) &&
    taints.every(({ effect }) => !REPELLING.includes(effect))
  );
}

const REPELLING: readonly string[] = ['NoSchedule', 'NoExecute'];

/**
 * Cordons a node, or takes that back. Does nothing to one that is so already, nor to one that is gone.
 *
 * @param known the node, if it has just been read
 * @returns whether it was changed
 */
export async function setSchedulable<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  name: string,
  schedulable: boolean,
  known?: KubernetesNode,
): Promise<boolean> {
  const node = known ?? (await findNode(operation, api, name));
  if (node === undefined || isSchedulable(node) === schedulable) return false;
  operation.changes();
  const patch = { spec: { unschedulable: !schedulable } };
  await askKubernetes(operation, (call) => api.patchNode(name, patch, call));
  return true;
}
