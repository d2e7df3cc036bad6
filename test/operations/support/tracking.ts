import type { ClusterOptions } from 'talos-client-testkit';
import type { AnyMethod } from '../../../src/runtime/method.js';
import { turningCluster } from '../../support/turning.js';

/** A cluster over mTLS that ends with the test, with one node that something is done to. */
export async function trackedNode(name: string, options: ClusterOptions = {}) {
  const turning = await turningCluster({
    controlPlanes: 1,
    workers: 1,
    transport: 'tls',
    ...options,
  });
  const { cluster } = turning;
  const node = cluster.node(name);
  return {
    ...turning,
    node,
    target: cluster.client().node(node.address),
    /** How often a node was asked for it. */
    asked: (method: AnyMethod) => cluster.journal.of(method).length,
  };
}
