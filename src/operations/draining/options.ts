import { duration, oneOf } from '../../runtime/arguments/kinds.js';
import type { Kind, Shape } from '../../runtime/arguments/options.js';
import type { KubernetesApi } from '../kubernetes/api.js';

/** Whose Kubernetes API an operation uses. */
export interface KubernetesOptions {
  /**
   * A client of the Kubernetes API to use. Default: one with a kubeconfig that a control plane makes,
   * which needs `os:admin`.
   */
  readonly kubernetes?: KubernetesApi | undefined;
}

/** How an operation that stops a node drains it. */
export interface DrainOptions extends KubernetesOptions {
  /**
   * Whether the node is cordoned and its pods are evicted first.
   *
   * - `auto` (default): unless no other node can take its pods, as in a cluster of one node, or the
   *   node is not in Kubernetes.
   * - `always`: also then.
   * - `never`: not at all, and Kubernetes is not asked.
   */
  readonly drain?: 'auto' | 'always' | 'never' | undefined;
  /** Milliseconds that cordoning and draining may take. Default: 300000, five minutes. */
  readonly drainTimeoutMs?: number | undefined;
}

const METHODS = [
  'getNode',
  'listNodes',
  'patchNode',
  'listPods',
  'getDaemonSet',
  'evictPod',
] as const satisfies readonly (keyof KubernetesApi)[];

/** A client of the Kubernetes API. */
export const kubernetesApi: Kind = (value) => {
  const given = (value ?? {}) as Partial<Record<string, unknown>>;
  const lacking = METHODS.filter((name) => typeof given[name] !== 'function');
  if (lacking.length === 0) return undefined;
  return `a client of the Kubernetes API with the method ${lacking.join(', ')}`;
};

export const kubernetesShape: Shape<KubernetesOptions> = { kubernetes: kubernetesApi };

export const drainShape: Shape<DrainOptions> = {
  ...kubernetesShape,
  drain: oneOf('auto', 'always', 'never'),
  drainTimeoutMs: duration,
};
