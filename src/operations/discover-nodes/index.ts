import { Member } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

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

/** The steps of `discoverNodes`. */
export type DiscoverNodesStep = 'read members';

/**
 * The nodes of a cluster, by what one of them knows: control planes first, then by their names. It
 * asks the target alone, and none of the nodes it finds, so that nodes that are down are there too.
 * `os:reader` may do it.
 *
 * The discovery of members may be switched off in the configuration of a cluster. Then it is an
 * error, since nobody knows all nodes.
 *
 * @example
 * ```ts
 * const found = await discoverNodes(talos);
 * const nodes = talos.nodes(found.map(({ address }) => address));
 * ```
 * @param target a node, or the client for whichever endpoint answers
 * @throws {TalosOperationError} when the target does not answer within `timeoutMs` (default: 30000),
 * or knows no members
 */
export async function discoverNodes(
  target: Target,
  options: OperationOptions<DiscoverNodesStep> = {},
  parts?: ReconnectParts,
): Promise<readonly DiscoveredNode[]> {
  checkOptions(options, operationShape, 'discoverNodes');
  const setup = { target: checkTarget(target), options, defaultTimeoutMs: 30_000, parts };
  return runOperation({ ...setup, name: 'discoverNodes' }, async (operation) => {
    operation.begin('read members');
    const members = await cosi(target).list(Member, { signal: operation.signal });
    if (members.length === 0) {
      throw operation.failure('the node knows no members', {
        hint: 'cluster.discovery may be switched off in its configuration, or it has just booted',
      });
    }
    return members
      .map(({ spec }) => ({
        address: spec.addresses[0] ?? spec.hostname,
        addresses: spec.addresses,
        hostname: spec.hostname,
        type: spec.machineType,
        operatingSystem: spec.operatingSystem,
        nodeId: spec.nodeId,
      }))
      .sort(byTypeAndName);
  });
}

function byTypeAndName(one: DiscoveredNode, other: DiscoveredNode): number {
  const isControlPlane = ({ type }: DiscoveredNode): number => (type === 'controlplane' ? 0 : 1);
  return (
    isControlPlane(one) - isControlPlane(other) ||
    one.hostname.localeCompare(other.hostname, 'en', { numeric: true })
  );
}
