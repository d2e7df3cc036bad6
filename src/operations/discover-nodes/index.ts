import type { ReconnectParts } from '../../reconnect/index.js';
import { checkOptions } from '../../runtime/arguments/options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { type DiscoveredNode, noMembers, readMembers } from '../members/read-members.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';

export type { DiscoveredNode } from '../members/read-members.js';

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
    const members = await readMembers(target, { signal: operation.signal });
    if (members.length === 0) throw noMembers(operation);
    return members.map(({ apiServerPort, ...node }) => node);
  });
}
