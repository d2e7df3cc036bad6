import type { Budget } from '../../topics/kubernetes/budget.js';
import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { type KubeObject, kubeTime } from './object.js';

/** A budget, as clients of Kubernetes see it. */
export function budgetObject(kubernetes: Kubernetes, budget: Budget): KubeObject {
  const { namespace, name, uid, createdAt, selector, minAvailable, maxUnavailable } = budget;
  const status = kubernetes.budgetStatus(budget);
  const allowed = status.disruptionsAllowed > 0;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace, uid, creationTimestamp: kubeTime(createdAt), generation: 1 },
    spec: { minAvailable, maxUnavailable, selector: { matchLabels: selector } },
    status: {
      observedGeneration: 1,
      ...status,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: allowed ? 'True' : 'False',
          observedGeneration: 1,
          lastTransitionTime: kubeTime(createdAt),
          reason: allowed ? 'SufficientPods' : 'InsufficientPods',
          message: '',
        },
      ],
    },
  };
}
