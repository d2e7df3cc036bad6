import { oneLine } from '../../runtime/errors/one-line.js';

/** One of several causes that the Kubernetes API gives for a refusal. */
export interface KubernetesCause {
  /** Such as `DisruptionBudget` or `NamespaceTerminating`. */
  readonly reason: string;
  readonly message: string;
}

/** The facts of a refused request, under the same names as in `KubernetesApiError`. */
export interface KubernetesRefusal {
  readonly status?: number | undefined;
  readonly reason: string;
  readonly causes?: readonly KubernetesCause[] | undefined;
}

/**
 * The Kubernetes API refused a request, or no API server could be reached. It is the `cause` of errors
 * of operations; the message holds no credentials.
 */
export class KubernetesApiError extends Error {
  override readonly name = 'KubernetesApiError';
  /** The status of HTTP; absent when no API server answered. */
  readonly status: number | undefined;
  /** The reason as a word, such as `NotFound`, `TooManyRequests`; `Unreachable` when none answered. */
  readonly reason: string;
  /** More on the reason, as the API gives it. */
  readonly causes: readonly KubernetesCause[];

  constructor(message: string, refusal: KubernetesRefusal, options?: ErrorOptions) {
    super(oneLine(message), options);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.causes = refusal.causes ?? [];
  }
}

/** The HTTP status of an error of this or any other client; absent when the API was not reached. */
export function httpStatusOf(error: unknown): number | undefined {
  const { status, code } = (error ?? {}) as { readonly status?: unknown; readonly code?: unknown };
  return [status, code].find((value): value is number => typeof value === 'number');
}

/** The causes that an error gives; none for errors of other clients that have no `causes`. */
export function causesOf(error: unknown): readonly KubernetesCause[] {
  const { causes } = (error ?? {}) as { readonly causes?: unknown };
  return Array.isArray(causes) ? (causes as readonly KubernetesCause[]) : [];
}

/**
 * Whether the same request will not succeed later either. An API server that is overloaded, or that
 * stores something while etcd elects a leader, answers with an error as well.
 */
export function isFinalRefusal(error: unknown): boolean {
  const status = httpStatusOf(error);
  if (status === undefined || status < 400 || status > 499) return false;
  return ![408, 409, 429].includes(status);
}
