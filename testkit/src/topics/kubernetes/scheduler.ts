import type { Machine } from '../../base/machine.js';
import type { ClusterPod } from './cluster-pod.js';
import { type KubernetesNode, taintsOf } from './node.js';
import type { PodTable } from './pod-table.js';
import type { PodTemplate } from './pod-template.js';

/** The taint of control planes, and those that nodes have for a while. */
const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)$/;

/** Whether a pod may be bound to a node. */
export function fits({ tolerates }: PodTemplate, node: KubernetesNode): boolean {
  if (tolerates === 'everything') return true;
  return taintsOf(node).every(
    ({ key, effect }) =>
      (effect !== 'NoSchedule' && effect !== 'NoExecute') ||
      (tolerates === 'control-planes' && CONTROL_PLANE.test(key)),
  );
}

/**
 * The node for a pod: of those that it fits, the one with the fewest pods of the same owner, then
 * with the fewest pods.
 */
export function nodeFor(
  pod: ClusterPod,
  nodes: readonly KubernetesNode[],
  pods: PodTable,
): Machine | undefined {
  const siblings = pod.owner === undefined ? [] : pods.ownedBy(pod.owner.uid);
  let best: { readonly machine: Machine; readonly load: number } | undefined;
  for (const node of nodes) {
    if (!fits(pod.template, node)) continue;
    const { machine } = node;
    const same = siblings.filter((sibling) => sibling.machine === machine).length;
    const load = same * 10_000 + pods.countOn(machine);
    if (best === undefined || load < best.load) best = { machine, load };
  }
  return best?.machine;
}
