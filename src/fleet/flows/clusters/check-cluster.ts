import { checkHealth, type HealthCheckName } from '../../../operations/check-health/index.js';
import { isControlPlane, readMembers } from '../../../operations/members/read-members.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import type { PlannedNode } from '../nodes/plan-nodes.js';
import type { ClusterWork } from './cluster-step.js';

/** What holds in a cluster that goes on as before, whatever else was wrong with it. */
const CHECKS: readonly HealthCheckName[] = ['etcd', 'etcd members', 'apid', 'boot'];

/** How long a cluster may take to be well in the end. Milliseconds. */
const HEALTHY_MS = 1_200_000;

/** How the step is done that checks it. */
export const HEALTHY = { timeoutMs: HEALTHY_MS + 60_000 } as const;

/**
 * Waits until a cluster is well after something was done to its nodes: etcd is healthy and its members
 * agree, and the control planes and the nodes that were taken answer and have finished their boot.
 */
export async function checkCluster(
  { client, operation }: ClusterWork,
  taken: readonly PlannedNode[],
  parts: ReconnectParts | undefined,
): Promise<null> {
  const { signal } = operation;
  const members = await readMembers(client, { signal });
  // Where the discovery of members is switched off, those that were taken are all that is known.
  const known = members.length === 0 ? taken : members;
  const nodes = {
    controlPlanes: known.filter(isControlPlane).map(({ address }) => address),
    workers: taken.filter((node) => !isControlPlane(node)).map(({ address }) => address),
  };
  await checkHealth(client, { nodes, signal, checks: CHECKS, timeoutMs: HEALTHY_MS }, parts);
  return null;
}
