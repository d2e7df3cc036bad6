import { Info } from '../../../generated/cosi/kinds/cluster.js';
import { cosi } from '../../cosi/cosi.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { anything } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import type { CallOptions } from '../../runtime/call-options.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { noMembers, readMembers } from '../members/read-members.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import { type DescribedEtcd, describeEtcd } from './etcd.js';
import { type DescribedNode, describeNode } from './node.js';
import { type DescribedVersions, versionsOf } from './versions.js';

export type { DescribedEtcd, DescribedEtcdMember } from './etcd.js';
export type { DescribedNode } from './node.js';
export type { DescribedVersions } from './versions.js';

/** The steps of `describeCluster`. */
export type DescribeClusterStep = 'find nodes' | 'ask nodes' | 'ask etcd';

/** Options of `describeCluster`. */
export interface DescribeClusterOptions extends OperationOptions<DescribeClusterStep> {
  /** Milliseconds that each node has to answer. Default: 10000. */
  readonly nodeTimeoutMs?: number | undefined;
}

/** What a cluster is made of, and how it is. */
export interface ClusterDescription {
  /** The name of the cluster; absent where the discovery of members does not tell it. */
  readonly name: string | undefined;
  /** The nodes, control planes first, then by their names. */
  readonly nodes: readonly DescribedNode[];
  /** The releases of Talos on the nodes. */
  readonly versions: DescribedVersions;
  /** The members of etcd, as a control plane knows them. */
  readonly etcd: DescribedEtcd;
}

const shape: Shape<DescribeClusterOptions> = { ...operationShape, nodeTimeoutMs: anything };

/**
 * Describes a cluster: its nodes with addresses, types and releases, which of them are up and how they
 * are, and the members of etcd. A node that does not answer is described by what the others know of
 * it, with the error. `os:reader` may do it, and nothing is changed.
 *
 * @example
 * ```ts
 * const { nodes, versions } = await describeCluster(talos);
 * const down = nodes.filter(({ isUp }) => !isUp);
 * if (versions.differ) console.log(`from ${versions.oldest} to ${versions.newest}`);
 * ```
 * @param target the client, or a node of the cluster; it is asked for the members
 * @throws {TalosOperationError} when the target does not answer, or knows no members; after `timeoutMs`
 * (default: 60000)
 */
export async function describeCluster(
  target: Target,
  options: DescribeClusterOptions = {},
  parts?: ReconnectParts,
): Promise<ClusterDescription> {
  checkOptions(options, shape, 'describeCluster');
  const { nodeTimeoutMs = 10_000 } = options;
  checkDuration(nodeTimeoutMs, 'nodeTimeoutMs');
  const setup = { target: checkTarget(target), options, defaultTimeoutMs: 60_000, parts };
  return runOperation({ ...setup, name: 'describeCluster' }, async (operation) => {
    const { signal } = operation;
    const call: CallOptions = { signal, timeoutMs: nodeTimeoutMs };
    operation.begin('find nodes');
    const found = await readMembers(target, call);
    if (found.length === 0) throw noMembers(operation);
    const name = await nameOf(operation, target, call);
    operation.begin('ask nodes');
    const nodes = await Promise.all(found.map((node) => describeNode(target, node, call)));
    signal.throwIfAborted();
    operation.begin('ask etcd');
    const etcd = await describeEtcd(target, nodes, call);
    return { name, nodes, versions: versionsOf(nodes), etcd };
  });
}

async function nameOf<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  call: CallOptions,
): Promise<string | undefined> {
  try {
    const found = await cosi(target).find(Info, undefined, call);
    return found?.spec.clusterName || undefined;
  } catch (error) {
    operation.signal.throwIfAborted();
    operation.tell({
      type: 'note',
      text: `the name of the cluster is not known: ${String(error)}`,
    });
    return undefined;
  }
}
