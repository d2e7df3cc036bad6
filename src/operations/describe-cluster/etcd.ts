import { etcd } from '../../../generated/features/etcd.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import { hostOf } from '../etcd/host-of.js';
import { isControlPlane } from '../members/read-members.js';
import { otherNode } from '../run/other-node.js';
import type { DescribedNode } from './node.js';

/** A member of etcd. */
export interface DescribedEtcdMember {
  readonly id: bigint;
  readonly hostname: string;
  /** Whether it has no vote yet. */
  readonly isLearner: boolean;
  /** The address of the node that it is on; absent when it is on none of the members of the cluster. */
  readonly node: string | undefined;
}

/** The members of etcd, as one control plane knows them. */
export interface DescribedEtcd {
  readonly members: readonly DescribedEtcdMember[];
  /** Why no control plane told the members; absent when one did. */
  readonly error: unknown;
}

/** Asks the control planes that are up, one after the other, until one tells the members of etcd. */
export async function describeEtcd(
  target: Target,
  nodes: readonly DescribedNode[],
  call: CallOptions,
): Promise<DescribedEtcd> {
  let last: unknown = new Error('no control plane is up');
  for (const { address } of nodes.filter((node) => node.isUp && isControlPlane(node))) {
    try {
      const { members } = await etcd(otherNode(target, address)).memberList({}, call);
      const described = members.map(({ id, hostname, isLearner, peerUrls }) => {
        return { id, hostname, isLearner, node: nodeOf(peerUrls, nodes) };
      });
      return { members: described, error: undefined };
    } catch (error) {
      call.signal?.throwIfAborted();
      last = error;
    }
  }
  return { members: [], error: last };
}

function nodeOf(urls: readonly string[], nodes: readonly DescribedNode[]): string | undefined {
  const hosts = urls.flatMap((url) => hostOf(url) ?? []);
  return nodes.find(({ addresses }) => hosts.some((host) => addresses.includes(host)))?.address;
}
