import type { ClusterPod } from './cluster-pod.js';
import type { Workload } from './workload.js';

/** How many pods of an application may be away at a time: a PodDisruptionBudget. */
export interface Budget {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The labels of the pods that it is about. */
  readonly selector: Readonly<Record<string, string>>;
  /** A number of pods, or a share of them such as `50%`; one of both is given. */
  readonly minAvailable?: number | string | undefined;
  readonly maxUnavailable?: number | string | undefined;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
}

/** What a budget comes to as things are. */
export interface BudgetStatus {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  readonly currentHealthy: number;
  readonly disruptionsAllowed: number;
}

/** Whether a budget is about a pod. */
export function isCovered({ namespace, selector }: Budget, pod: ClusterPod): boolean {
  const labels = Object.entries(selector);
  return (
    pod.namespace === namespace &&
    labels.length > 0 &&
    labels.every(([key, value]) => pod.template.labels[key] === value)
  );
}

/**
 * What a budget comes to. A number of pods that are to be there counts the pods that are; all else
 * counts those that their owners want.
 */
export function budgetStatus(
  budget: Budget,
  pods: Iterable<ClusterPod>,
  workloads: Iterable<Workload>,
  isHealthy: (pod: ClusterPod) => boolean,
): BudgetStatus {
  const covered = [...pods].filter((pod) => isCovered(budget, pod));
  const owners = new Set(covered.map(({ owner }) => owner?.uid));
  const wanted = [...workloads]
    .filter(({ owner }) => owners.has(owner.uid))
    .reduce((sum, { replicas }) => sum + replicas, 0);
  const { minAvailable, maxUnavailable } = budget;
  const currentHealthy = covered.filter(isHealthy).length;
  const expectedPods = typeof minAvailable === 'number' ? covered.length : wanted;
  const desiredHealthy =
    minAvailable === undefined
      ? Math.max(0, expectedPods - share(maxUnavailable ?? 1, expectedPods))
      : share(minAvailable, expectedPods);
  return {
    expectedPods,
    desiredHealthy,
    currentHealthy,
    disruptionsAllowed: expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy),
  };
}

/** Shares are rounded up. */
function share(amount: number | string, of: number): number {
  if (typeof amount === 'number') return amount;
  return Math.ceil((Number(amount.replace('%', '')) * of) / 100);
}
