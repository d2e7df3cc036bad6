import type { Target } from '../../runtime/target.js';
import { type ClusterMember, isControlPlane, readMembers } from '../members/read-members.js';
import type { Operation } from '../run/operation.js';
import { otherNode } from '../run/other-node.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { HealthNode } from './check.js';
import type { CheckSettings } from './checked.js';

/** The nodes that are to be healthy, by their addresses. */
export interface ExpectedNodes {
  readonly controlPlanes: readonly string[];
  readonly workers?: readonly string[] | undefined;
}

/** The nodes to look at: the given ones, or the members of the cluster. */
export async function expectedNodes<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  given: ExpectedNodes | undefined,
  { wait, intervalMs, attemptTimeoutMs }: CheckSettings,
): Promise<readonly HealthNode[]> {
  if (given !== undefined) {
    const { controlPlanes, workers = [] } = given;
    const nodeAt = (isOne: boolean) => (address: string) => healthNode(target, [address], isOne);
    return [...controlPlanes.map(nodeAt(true)), ...workers.map(nodeAt(false))];
  }
  const options = { what: 'the members of the cluster', everyMs: intervalMs };
  const isFinal = (error: unknown): boolean => !wait || isRefusal(error);
  return poll(operation, { ...options, attemptMs: attemptTimeoutMs, isFinal }, async (attempt) => {
    const members = await readMembers(target, attempt);
    if (members.length > 0) {
      const nodeOf = (member: ClusterMember): HealthNode =>
        healthNode(target, [member.address, ...member.addresses], isControlPlane(member));
      return { found: members.map(nodeOf) };
    }
    if (wait) return { missing: 'the node knows none' };
    throw operation.failure('the node knows no members', {
      hint: 'pass the nodes as `nodes` where the discovery of members is switched off',
    });
  });
}

function healthNode(target: Target, addresses: readonly string[], isOne: boolean): HealthNode {
  const [address = ''] = addresses;
  return { address, addresses, isControlPlane: isOne, target: otherNode(target, address) };
}
