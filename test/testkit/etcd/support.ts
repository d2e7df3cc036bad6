import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { type EtcdNode, etcdOn } from '../../../testkit/src/topics/etcd/etcd-node.js';
import { startCluster } from '../support.js';

/** A cluster on a clock that stands still, and the etcd of its nodes by name. */
export async function etcdCluster(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, controlPlanes: 3, ...options });
  const at = (name: string): EtcdNode => etcdOn(cluster.node(name).machine);
  return { clock, cluster, at };
}

/** The id of the member on a node. */
export function idOf(node: EtcdNode): bigint {
  if (node.membership === undefined) throw new Error('the node has no member');
  return node.membership.id;
}

/** The names of the members as a node sees them. */
export function namesAt({ membership }: EtcdNode): readonly string[] {
  const view = membership?.etcd.viewOf(membership.id);
  return (view?.members ?? []).map(({ name }) => name).sort();
}
