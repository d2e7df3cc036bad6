import { messageOf } from '../../runtime/errors/message-of.js';
import type { KubernetesApi, KubernetesPodIdentity } from '../kubernetes/api.js';
import { causesOf, httpStatusOf, isFinalRefusal } from '../kubernetes/api-error.js';
import { askKubernetes, callOf } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';
import { identityOf, type KeptPod, nameOf, planOf } from './pods.js';

/** How often the pods of the node are looked at. */
const LOOK_MS = 1_000;
/** An eviction that was refused is asked for again at every fifth look: each 5 s. */
const LOOKS_PER_TRY = 5;

/** What became of the pods of a node. */
export interface EvictedPods {
  /** The pods that left, as `namespace/name`. */
  readonly evicted: readonly string[];
  readonly kept: readonly KeptPod[];
}

/** A pod that is to leave. */
interface Leaving extends KubernetesPodIdentity {
  accepted: boolean;
  /** Why it is still there. */
  problem: string;
}

/**
 * Evicts the pods of a node, all at once, and waits until they are gone. Evictions that a budget does
 * not allow yet are asked for again. Ends with the operation, whose error then names the pods that
 * stay.
 */
export async function evictPods<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  nodeName: string,
): Promise<EvictedPods> {
  const pods = await askKubernetes(operation, (call) => api.listPods({ nodeName }, call));
  const { leaving: plan, kept } = await planOf(operation, api, pods);
  let leaving: readonly Leaving[] = plan.map((pod) => ({ ...pod, accepted: false, problem: '' }));
  if (leaving.length > 0) operation.changes();
  for (let look = 0; leaving.length > 0; look += 1) {
    if (look % LOOKS_PER_TRY === 0) {
      const open = leaving.filter(({ accepted }) => !accepted);
      await Promise.all(open.map((pod) => evict(operation, api, pod)));
    }
    const there = await uidsOn(operation, api, nodeName);
    leaving = leaving.filter(({ uid }) => there.has(uid));
    if (leaving.length === 0) break;
    operation.waits('pods to leave', staying(leaving));
    await operation.sleep(LOOK_MS);
  }
  return { evicted: plan.map(nameOf), kept };
}

/** Asks for the eviction of a pod, and notes what came of it. Throws what no other try mends. */
async function evict<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  pod: Leaving,
): Promise<void> {
  try {
    await api.evictPod(
      { namespace: pod.namespace, name: pod.name, uid: pod.uid },
      callOf(operation),
    );
    pod.accepted = true;
    pod.problem = 'it is ending';
  } catch (error) {
    operation.signal.throwIfAborted();
    // It is gone, or another one has its name: the next look says so.
    if (httpStatusOf(error) === 404) return;
    if (isFinalRefusal(error) && !isOfEndingNamespace(error)) {
      const text = messageOf(error);
      throw operation.failure(`${nameOf(pod)} cannot be evicted: ${text}`, { cause: error });
    }
    pod.problem = problemOf(error);
  }
}

/** Nothing can be evicted from a namespace that ends: its pods are deleted with it. */
function isOfEndingNamespace(error: unknown): boolean {
  return (
    httpStatusOf(error) === 403 &&
    causesOf(error).some(({ reason }) => reason === 'NamespaceTerminating')
  );
}

/** Why an eviction was refused: the budget that says no, if it is one. */
function problemOf(error: unknown): string {
  const causes = causesOf(error).map(({ message }) => message);
  if (causes.length > 0) return causes.join(', ');
  return messageOf(error);
}

async function uidsOn<Step extends string>(
  operation: Operation<Step>,
  api: KubernetesApi,
  nodeName: string,
): Promise<ReadonlySet<string>> {
  const pods = await askKubernetes(operation, (call) => api.listPods({ nodeName }, call));
  return new Set(pods.map((pod) => identityOf(pod).uid));
}

/** The pods that are still there, for people. */
function staying(pods: readonly Leaving[]): string {
  return pods.map((pod) => `${nameOf(pod)} (${pod.problem || 'not evicted yet'})`).join(', ');
}
