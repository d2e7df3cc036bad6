import { Member } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { Target } from '../../runtime/target.js';
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
    const nodeAt = (isControlPlane: boolean) => (address: string) =>
      healthNode(target, [address], isControlPlane);
    return [...controlPlanes.map(nodeAt(true)), ...workers.map(nodeAt(false))];
  }
  const options = { what: 'the members of the cluster', everyMs: intervalMs };
  const isFinal = (error: unknown): boolean => !wait || isRefusal(error);
  return poll(operation, { ...options, attemptMs: attemptTimeoutMs, isFinal }, async (attempt) => {
    const members = await cosi(target).list(Member, attempt);
    if (members.length > 0) {
      const found = members.map(({ spec }) =>
        healthNode(target, spec.addresses, spec.machineType === 'controlplane'),
      );
      return { found };
    }
    if (wait) return { missing: 'the node knows none' };
    throw operation.failure('the node knows no members', {
      hint: 'pass the nodes as `nodes` where the discovery of members is switched off',
    });
  });
}

function healthNode(
  target: Target,
  addresses: readonly string[],
  isControlPlane: boolean,
): HealthNode {
  const [address = ''] = addresses;
  return { address, addresses, isControlPlane, target: otherNode(target, address) };
}
