import type { KubernetesApi, KubernetesPod, KubernetesPodIdentity } from '../kubernetes/api.js';
import { httpStatusOf } from '../kubernetes/api-error.js';
import { askKubernetes } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';

/** The annotation of pods that only show what a node runs from files of its own. */
const MIRROR = 'kubernetes.io/config.mirror';

/** A pod that stays when a node is drained, and why. */
export interface KeptPod {
  /** `namespace/name`. */
  readonly pod: string;
  /**
   * - `daemonset`: its DaemonSet would put it back on the node at once.
   * - `mirror`: it is a static pod, which the node runs from a file of its own.
   */
  readonly reason: 'daemonset' | 'mirror';
}

/** What is to happen to the pods of a node. */
export interface PodPlan {
  readonly leaving: readonly KubernetesPodIdentity[];
  readonly kept: readonly KeptPod[];
}

/**
 * What draining does with the pods of a node. Pods of a DaemonSet stay, and those of one that is gone
 * leave. Pods that nobody makes again leave as well, and so do those with data in an emptyDir.
 */
export async function planOf<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  pods: readonly KubernetesPod[],
): Promise<PodPlan> {
  const leaving: KubernetesPodIdentity[] = [];
  const kept: KeptPod[] = [];
  const daemonSets = new Map<string, Promise<boolean>>();
  for (const pod of pods) {
    const identity = identityOf(pod);
    const owner = daemonSetOf(pod);
    const { namespace } = identity;
    if (owner !== undefined) {
      const key = `${namespace}/${owner}`;
      const exists = daemonSets.get(key) ?? hasDaemonSet(operation, api, namespace, owner);
      daemonSets.set(key, exists);
      if (await exists) kept.push({ pod: nameOf(identity), reason: 'daemonset' });
      else leaving.push(identity);
    } else if (pod.metadata?.annotations?.[MIRROR] !== undefined) {
      kept.push({ pod: nameOf(identity), reason: 'mirror' });
    } else {
      leaving.push(identity);
    }
  }
  return { leaving, kept };
}

/** What tells a pod from others. */
export function identityOf({ metadata }: KubernetesPod): KubernetesPodIdentity {
  const { namespace = '', name = '', uid = '' } = metadata ?? {};
  return { namespace, name, uid };
}

/** A pod for people. */
export function nameOf({ namespace, name }: KubernetesPodIdentity): string {
  return `${namespace}/${name}`;
}

/** The DaemonSet that controls a pod which still runs. */
function daemonSetOf({ metadata, status }: KubernetesPod): string | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  const isOne = owner?.kind === 'DaemonSet' && owner.apiVersion.startsWith('apps/');
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return isOne && !hasEnded ? owner.name : undefined;
}

async function hasDaemonSet<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  namespace: string,
  name: string,
): Promise<boolean> {
  try {
    await askKubernetes(operation, (call) => api.getDaemonSet(namespace, name, call));
    return true;
  } catch (error) {
    if (httpStatusOf(error) === 404) return false;
    throw error;
  }
}
