import type { CallOptions } from '../../runtime/call-options.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { TalosNode } from '../../runtime/target.js';
import type { KubernetesApi, KubernetesCall } from '../kubernetes/api.js';

import { neverMends, rpcError } from '../run/refusals.js';

/** The checks of `checkHealth`, in the order in which they are made. */
export type HealthCheckName =
  | 'etcd'
  | 'etcd members'
  | 'etcd nodes'
  | 'apid'
  | 'memory'
  | 'disk'
  | 'diagnostics'
  | 'kubelet'
  | 'boot'
  | 'kubernetes nodes'
  | 'static pods'
  | 'control plane'
  | 'nodes ready'
  | 'kube-proxy'
  | 'coredns'
  | 'schedulable';

/** A node that is to be healthy. */
export interface HealthNode {
  readonly address: string;
  readonly addresses: readonly string[];
  readonly isControlPlane: boolean;
  readonly target: TalosNode;
}

/** What the checks look at. */
export interface HealthSubject {
  readonly nodes: readonly HealthNode[];
  /** The client of Kubernetes, or why there is none. */
  readonly kubernetes: KubernetesApi | string;
}

/** How a node is, by one check. */
export interface NodeHealth {
  /** The address of the node; absent for what is about the cluster as a whole. */
  readonly node: string | undefined;
  /** What is wrong; absent when nothing is. */
  readonly problem: string | undefined;
}

/** The signal and the deadline of one look. */
export type HealthCall = KubernetesCall;

/** One condition of a healthy cluster. */
export interface HealthCheck {
  readonly name: HealthCheckName;
  /** What is waited for. */
  readonly what: string;
  /** Whether it asks the Kubernetes API. */
  readonly usesKubernetes?: true;
  /**
   * Looks once. Errors are problems, but for `SkippedCheck`.
   *
   * @throws {SkippedCheck} when the check does not apply, or cannot be made
   */
  look(subject: HealthSubject, call: HealthCall): Promise<readonly NodeHealth[]>;
}

/** A check is left out. */
export class SkippedCheck extends Error {
  override readonly name = 'SkippedCheck';
}

/** Looks at nodes, all at once. Whatever a look fails with is a problem of its node. */
export async function onEach(
  nodes: readonly HealthNode[],
  { signal, timeoutMs }: HealthCall,
  look: (node: HealthNode, options: CallOptions) => Promise<string | undefined>,
): Promise<readonly NodeHealth[]> {
  return Promise.all(
    nodes.map(async (node): Promise<NodeHealth> => {
      try {
        return { node: node.address, problem: await look(node, { signal, timeoutMs }) };
      } catch (error) {
        signal.throwIfAborted();
        throwIfNotAllowed(error);
        return { node: node.address, problem: messageOf(error) };
      }
    }),
  );
}

/** Lets a check be left out that the role of the caller does not allow, or the node does not know. */
function throwIfNotAllowed(error: unknown): void {
  if (error instanceof SkippedCheck || neverMends(error)) throw error;
  const failed = rpcError(error);
  if (failed?.status === 'permission-denied') {
    throw new SkippedCheck(`the role of the client does not allow it: ${failed.message}`);
  }
  if (failed?.status === 'unimplemented') {
    throw new SkippedCheck(`the release of a node does not have it: ${failed.message}`);
  }
}

/** Those nodes that are control planes. */
export function controlPlanes({ nodes }: HealthSubject): readonly HealthNode[] {
  return nodes.filter(({ isControlPlane }) => isControlPlane);
}
