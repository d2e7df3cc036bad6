import { TalosConfigError } from 'talos-client';
import {
  anything,
  either,
  flag,
  number,
  oneOf,
  type Shape,
  text,
  texts,
} from 'talos-client/options';
import type { KubernetesRequests } from '../kubernetes-api/faults.js';
import type { Caller } from '../kubernetes-api/request.js';

/** What a pod is like. */
export interface KubernetesPodOptions {
  /** Default: `app` with the name. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
  /** Whether its data goes with it. Default: no. */
  readonly emptyDir?: boolean;
  /** How long it takes to end once it was asked to, on the clock of the cluster. Default: not long. */
  readonly terminationMs?: number;
  /** After how many seconds it is ended by force. Default: 30. */
  readonly terminationGraceSeconds?: number;
  /** Which taints it runs in spite of. Default: `nothing`; of a DaemonSet, `everything`. */
  readonly tolerations?: 'everything' | 'control-planes' | 'nothing';
}

/** How many pods may be away: one of both. */
export interface BudgetOptions {
  /** How many are to stay: a number, or a share such as `50%`. */
  readonly minAvailable?: number | string;
  /** How many may go: a number, or a share such as `50%`. */
  readonly maxUnavailable?: number | string;
}

/** Something that keeps pods running. */
export interface KubernetesWorkloadOptions extends KubernetesPodOptions {
  readonly name: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** A budget for its pods, with its name. Default: none. */
  readonly budget?: BudgetOptions;
}

/** Something that keeps a number of pods running. */
export interface ReplicatedWorkloadOptions extends KubernetesWorkloadOptions {
  /** Default: 1. */
  readonly replicas?: number;
}

/** A pod that nobody looks after. */
export interface BareKubernetesPod extends KubernetesPodOptions {
  readonly name: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** The node it is on, by name or address. Default: one that takes it. */
  readonly node?: string;
}

/** A PodDisruptionBudget. */
export interface KubernetesBudget extends BudgetOptions {
  readonly name: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** The labels of the pods that it is about. */
  readonly selector: Readonly<Record<string, string>>;
}

/** How requests fail, and which. */
export interface KubernetesFailOptions extends KubernetesRequests {
  /** The reason in the Status. Default: `InternalError`. */
  readonly reason?: string;
  readonly message?: string;
  /** After how many seconds to try again; also in the header `Retry-After`. Default: it does not say. */
  readonly retryAfterSeconds?: number;
}

const template: Shape<KubernetesPodOptions> = {
  labels: anything,
  image: text,
  emptyDir: flag,
  terminationMs: number,
  terminationGraceSeconds: number,
  tolerations: oneOf('everything', 'control-planes', 'nothing'),
};

export const workloadShape: Shape<KubernetesWorkloadOptions> = {
  ...template,
  name: text,
  namespace: text,
  budget: anything,
};

export const replicatedShape: Shape<ReplicatedWorkloadOptions> = {
  ...workloadShape,
  replicas: number,
};

export const podShape: Shape<BareKubernetesPod> = {
  ...template,
  name: text,
  namespace: text,
  node: text,
};

export const budgetShape: Shape<KubernetesBudget> = {
  name: text,
  namespace: text,
  selector: anything,
  minAvailable: either(number, text),
  maxUnavailable: either(number, text),
};

export const callerShape: Shape<Caller> = { user: text, groups: texts('system:masters') };

export const requestsShape: Shape<KubernetesRequests> = {
  method: text,
  path: anything,
  times: number,
};

export const failShape: Shape<KubernetesFailOptions> = {
  ...requestsShape,
  reason: text,
  message: text,
  retryAfterSeconds: number,
};

/** @throws {TalosConfigError} when something has no name, or one that Kubernetes does not take. */
export function checkName(where: string, { name }: { readonly name: string }): void {
  if (typeof name === 'string' && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return;
  throw new TalosConfigError(
    `${where}: name: expected up to 63 small letters, digits and dashes, such as 'web'; got ${JSON.stringify(name)}`,
    { field: 'name' },
  );
}

/** @throws {TalosConfigError} when a budget says nothing, too much, or what is no number or share. */
export function checkBudget(where: string, { minAvailable, maxUnavailable }: BudgetOptions): void {
  const given = [minAvailable, maxUnavailable].filter((amount) => amount !== undefined);
  const [amount] = given;
  const isGood =
    typeof amount === 'number'
      ? Number.isInteger(amount) && amount >= 0
      : /^\d+%$/.test(String(amount));
  if (given.length === 1 && isGood) return;
  throw new TalosConfigError(
    `${where}: expected either minAvailable or maxUnavailable: a number of pods, or a share such as '50%'`,
  );
}
