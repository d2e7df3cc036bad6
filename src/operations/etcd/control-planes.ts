import { Identity } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { TalosNode, Target } from '../../runtime/target.js';
import { isControlPlane, readMembers } from '../members/read-members.js';
import { otherNode } from '../run/other-node.js';

/** A control plane, as the members of the cluster know it. */
export interface ControlPlane {
  readonly hostname: string;
  readonly nodeId: string;
  readonly node: TalosNode;
}

/** The control planes that a node knows. Empty where the discovery of members is switched off. */
export async function readControlPlanes(
  target: Target,
  options: CallOptions,
): Promise<readonly ControlPlane[]> {
  const members = await readMembers(target, options);
  return members.filter(isControlPlane).map(({ hostname, nodeId, address }) => ({
    hostname,
    nodeId,
    node: otherNode(target, address),
  }));
}

/** As `readControlPlanes`, without the node itself. */
export async function readOtherControlPlanes(
  target: Target,
  options: CallOptions,
): Promise<readonly ControlPlane[]> {
  const [{ spec: own }, all] = await Promise.all([
    cosi(target).get(Identity, undefined, options),
    readControlPlanes(target, options),
  ]);
  return all.filter(({ nodeId }) => nodeId !== own.nodeId);
}
