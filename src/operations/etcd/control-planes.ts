import { Identity, Member } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { TalosNode, Target } from '../../runtime/target.js';
import { otherNode } from '../run/other-node.js';

/** A control plane, as the members of the cluster know it. */
export interface ControlPlane {
  readonly hostname: string;
  readonly node: TalosNode;
}

/** The control planes that a node knows. Empty where the discovery of members is switched off. */
export async function readControlPlanes(
  target: Target,
  options: CallOptions,
): Promise<readonly ControlPlane[]> {
  return controlPlanesOf(target, options, () => false);
}

/** As `readControlPlanes`, without the node itself. */
export async function readOtherControlPlanes(
  target: Target,
  options: CallOptions,
): Promise<readonly ControlPlane[]> {
  const { spec } = await cosi(target).get(Identity, undefined, options);
  return controlPlanesOf(target, options, (nodeId) => nodeId === spec.nodeId);
}

async function controlPlanesOf(
  target: Target,
  options: CallOptions,
  isLeftOut: (nodeId: string) => boolean,
): Promise<readonly ControlPlane[]> {
  const members = await cosi(target).list(Member, options);
  return members
    .filter(({ spec }) => spec.machineType === 'controlplane' && !isLeftOut(spec.nodeId))
    .map(({ spec }) => ({
      hostname: spec.hostname,
      node: otherNode(target, spec.addresses[0] ?? spec.hostname),
    }));
}
