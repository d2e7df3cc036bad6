import { duration, oneOf, wholeFrom } from '../../../runtime/arguments/kinds.js';
import type { Shape } from '../../../runtime/arguments/options.js';

/** How the nodes of a cluster are taken, one after the other. */
export type RollNodesSettings = {
  /**
   * How many workers of a cluster may be down at a time. Control planes are always taken first, and one
   * at a time. Default: 1.
   */
  readonly maxUnavailable?: number | undefined;
  /**
   * Whether a control plane is taken although etcd would not go on without it, or is not healthy:
   * `ignore`. Default: `guard`. A cluster of one control plane is always let pass.
   */
  readonly etcd?: 'guard' | 'ignore' | undefined;
  /**
   * Whether nodes are cordoned and their pods evicted first. `auto` leaves out those whose pods no other
   * node can take, and those that are not in Kubernetes. Default: `auto`.
   */
  readonly drain?: 'auto' | 'always' | 'never' | undefined;
  /** Milliseconds that cordoning and draining a node may take. Default: 300000, five minutes. */
  readonly drainTimeoutMs?: number | undefined;
};

export const rollNodesShape: Shape<RollNodesSettings> = {
  maxUnavailable: wholeFrom(1),
  etcd: oneOf('guard', 'ignore'),
  drain: oneOf('auto', 'always', 'never'),
  drainTimeoutMs: duration,
};
