import { Member } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { TalosOperationError } from '../../runtime/errors/operation-error.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';

/** A node of a cluster, as the members of the cluster know it. */
export interface DiscoveredNode {
  /** The address to use with `talos.node(…)`: the first that the node announces. */
  readonly address: string;
  /** All addresses that the node announces, the first included. */
  readonly addresses: readonly string[];
  /** Its host name. */
  readonly hostname: string;
  /** `controlplane`, `worker`, or another word of a newer release. */
  readonly type: string;
  /** What the node says of its release, such as `Talos (v1.14.0)`. */
  readonly operatingSystem: string;
  /** The id of the node in the discovery of the cluster; it stays across reboots. */
  readonly nodeId: string;
}

/** A member of a cluster, with what only operations need of it. */
export interface ClusterMember extends DiscoveredNode {
  /** The port of its API server; absent where it is no control plane. */
  readonly apiServerPort: number | undefined;
}

/**
 * The members of a cluster that a node knows: control planes first, then by their names. None where
 * the discovery of members is switched off.
 */
export async function readMembers(
  target: Target,
  call: CallOptions,
): Promise<readonly ClusterMember[]> {
  const members = await cosi(target).list(Member, call);
  return members
    .map(({ spec }) => ({
      address: spec.addresses[0] ?? spec.hostname,
      addresses: spec.addresses,
      hostname: spec.hostname,
      type: spec.machineType,
      operatingSystem: spec.operatingSystem,
      nodeId: spec.nodeId,
      apiServerPort: spec.controlPlane?.apiServerPort || undefined,
    }))
    .sort(byTypeAndName);
}

/**
 * Whether a node is a control plane, and so may have a member of etcd. `init` is an old word for the
 * first control plane.
 */
export function isControlPlane({ type }: Pick<DiscoveredNode, 'type'>): boolean {
  return type === 'controlplane' || type === 'init';
}

function byTypeAndName(one: DiscoveredNode, other: DiscoveredNode): number {
  return (
    Number(isControlPlane(other)) - Number(isControlPlane(one)) ||
    one.hostname.localeCompare(other.hostname, 'en', { numeric: true })
  );
}

/** The failure of an operation that needs members where there are none. */
export function noMembers<Step extends string>(operation: Operation<Step>): TalosOperationError {
  return operation.failure('the node knows no members', {
    hint: 'cluster.discovery may be switched off in its configuration, or it has just booted',
  });
}
