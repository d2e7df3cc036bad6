import { checkAddress } from '../../runtime/node-address.js';
import { nodeOf } from '../../runtime/node-target.js';
import { route, type TalosNode, type Target } from '../../runtime/target.js';

/** Another node of the cluster that a target is of, through the same connections. */
export function otherNode(target: Target, address: string): TalosNode {
  return nodeOf(target[route](), checkAddress(address));
}
