import type { ClusterPod } from '../../topics/kubernetes/cluster-pod.js';
import { keptBy } from '../../topics/kubernetes/eviction.js';
import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { ApiProblem, badRequest, conflict } from '../problem.js';
import type { Draft } from './json-patch.js';

const named = { plural: 'pods', group: '' };

/** How a pod is to go. */
export interface DeleteOptions {
  /** Absent for as long as the pod asks for. */
  readonly graceSeconds: number | undefined;
  /** The pod that is meant; absent for whichever has the name. */
  readonly uid: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Reads DeleteOptions, and what the query says of them.
 *
 * @throws {ApiProblem} when they cannot be read.
 */
export function deleteOptions(options: Draft | undefined, query: URLSearchParams): DeleteOptions {
  const { gracePeriodSeconds, preconditions, dryRun } = fields(options);
  const seconds = gracePeriodSeconds ?? query.get('gracePeriodSeconds') ?? undefined;
  const grace = seconds === undefined ? undefined : Number(seconds);
  // -1 stands for what the pod asks for.
  if (grace !== undefined && (!Number.isInteger(grace) || grace < -1)) {
    throw badRequest(`gracePeriodSeconds: ${JSON.stringify(seconds)} is no number of seconds`);
  }
  const { uid } = fields(preconditions);
  return {
    graceSeconds: grace === -1 ? undefined : grace,
    uid: typeof uid === 'string' ? uid : undefined,
    dryRun:
      query.getAll('dryRun').includes('All') || (Array.isArray(dryRun) && dryRun.includes('All')),
  };
}

/**
 * Has a pod end.
 *
 * @throws {ApiProblem} when it is another one than is meant.
 */
export function deletePod(kubernetes: Kubernetes, pod: ClusterPod, options: DeleteOptions): void {
  const { uid, graceSeconds, dryRun } = options;
  if (uid !== undefined && uid !== pod.uid) {
    throw conflict(
      named,
      pod.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.uid}`,
    );
  }
  if (!dryRun) kubernetes.deletePod(pod, graceSeconds);
}

/**
 * Has a pod end if its budget allows that.
 *
 * @throws {ApiProblem} when it does not, or the request is none.
 */
export function evictPod(
  kubernetes: Kubernetes,
  pod: ClusterPod,
  eviction: Draft,
  query: URLSearchParams,
): void {
  const { metadata, deleteOptions: options, kind, apiVersion } = fields(eviction);
  if (kind !== undefined && kind !== 'Eviction') throw badRequest(`${kind} is no Eviction`);
  if (apiVersion !== undefined && !/^policy\/v1(?:beta1)?$/.test(String(apiVersion))) {
    throw badRequest(`no kind "Eviction" is registered for version ${JSON.stringify(apiVersion)}`);
  }
  const { name = pod.name } = fields(metadata);
  if (name !== pod.name) throw badRequest('name in URL does not match name in Eviction object');
  const wanted = deleteOptions(options, query);
  checkBudgets(kubernetes, pod);
  deletePod(kubernetes, pod, wanted);
}

function checkBudgets(kubernetes: Kubernetes, pod: ClusterPod): void {
  const kept = keptBy(kubernetes, pod);
  if (kept === undefined) return;
  if (kept.why === 'several-budgets') {
    const message =
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new ApiProblem(500, '', message);
  }
  const { budget, status } = kept;
  const message = `The disruption budget ${budget.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  throw new ApiProblem(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: 'DisruptionBudget', message }] },
  );
}

function fields(value: Draft | undefined): { readonly [key: string]: Draft } {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  throw badRequest('the body of the request is no object');
}
