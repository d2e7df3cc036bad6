import { noMembers, readMembers } from '../../../operations/members/read-members.js';
import { poll } from '../../../operations/run/poll.js';
import { isRefusal } from '../../../operations/run/refusals.js';
import { listOf, planOf } from '../../../operations/waves/plan.js';
import type { ClusterWork } from '../clusters/cluster-step.js';

/** A node that is to be taken. */
export type PlannedNode = {
  readonly address: string;
  /** `controlplane`, `worker`, or another word of a newer release. */
  readonly type: string;
  /** The release that it runs, such as `v1.14.0`. */
  readonly version: string;
};

/** How the step is done that plans: all nodes are asked what they are. */
export const PLAN = { timeoutMs: 180_000, retries: 3, backoffMs: 10_000 } as const;

/** How often a cluster is asked for its members that knows none yet. */
const LOOK = { everyMs: 5_000, attemptMs: 15_000, isFinal: isRefusal } as const;
const MEMBERS_MS = 60_000;

/**
 * The nodes of a cluster, control planes first. All have to answer, so that nothing begins that cannot
 * be finished.
 */
export async function planNodes(
  { client, operation }: ClusterWork,
  given: readonly string[] | undefined,
  flow: string,
): Promise<readonly PlannedNode[]> {
  const addresses = given ?? (await membersOf({ client, operation }));
  const nodes = listOf(
    addresses.map((address) => client.node(address)),
    flow,
  );
  const plan = await planOf(operation, nodes, 1);
  return plan.flat().map(({ address, type, version }) => ({ address, type, version }));
}

async function membersOf({
  client,
  operation,
}: Pick<ClusterWork, 'client' | 'operation'>): Promise<readonly string[]> {
  const since = operation.clock.now();
  return poll(operation, { ...LOOK, what: 'the members of the cluster' }, async (call) => {
    const members = await readMembers(client, call);
    if (members.length > 0) return { found: members.map(({ address }) => address) };
    if (operation.clock.now() - since >= MEMBERS_MS) throw noMembers(operation);
    return { missing: 'the node knows none' };
  });
}
