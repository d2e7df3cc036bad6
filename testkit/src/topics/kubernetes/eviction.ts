import type { Budget, BudgetStatus } from './budget.js';
import type { ClusterPod } from './cluster-pod.js';
import type { Kubernetes } from './kubernetes.js';

/** Why a pod may not be evicted: a budget that allows no more, or several of them, which none can. */
export type KeptBy =
  | { readonly why: 'budget'; readonly budget: Budget; readonly status: BudgetStatus }
  | { readonly why: 'several-budgets' };

/**
 * What keeps a pod from being evicted; absent when nothing does. Pods that do not run yet, and those
 * that end already, disturb nobody.
 */
export function keptBy(kubernetes: Kubernetes, pod: ClusterPod): KeptBy | undefined {
  if (pod.status === undefined || pod.deletion !== undefined) return undefined;
  const [budget, ...others] = kubernetes.budgetsOf(pod);
  if (budget === undefined) return undefined;
  if (others.length > 0) return { why: 'several-budgets' };
  const status = kubernetes.budgetStatus(budget);
  const { currentHealthy, desiredHealthy, disruptionsAllowed } = status;
  // One that is not ready is not counted, so nothing is lost with it.
  const isSpare = !kubernetes.isPodReady(pod) && currentHealthy >= desiredHealthy;
  if ((isSpare && desiredHealthy > 0) || disruptionsAllowed > 0) return undefined;
  return { why: 'budget', budget, status };
}
