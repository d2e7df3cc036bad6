import type { Machine } from '../../base/machine.js';

/** Something about a node that keeps pods away from it. */
export interface Taint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
  /** When Kubernetes added it, in milliseconds since 1970; absent where it does not say so. */
  readonly timeAdded?: number | undefined;
}

/** What clients of Kubernetes may change about a node. */
export interface NodeChange {
  /** Whether it is cordoned. */
  readonly unschedulable?: boolean;
  /** All labels, without those that are facts of the machine. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** All taints, without those that Kubernetes derives from the state of the node. */
  readonly taints?: readonly Taint[];
}

/** A node as Kubernetes knows it. */
export interface KubernetesNode extends Required<NodeChange> {
  readonly machine: Machine;
  readonly uid: string;
  /** `unknown` when nothing was heard of its kubelet for a while. */
  readonly readiness: 'ready' | 'not-ready' | 'unknown';
  /** Whether `readiness` is `ready`. */
  readonly ready: boolean;
  /** Since when it is as ready as it is, in milliseconds since 1970. */
  readonly readinessSince: number;
  /** When it was registered, in milliseconds since 1970. */
  readonly createdAt: number;
}

export const CONTROL_PLANE_LABEL = 'node-role.kubernetes.io/control-plane';
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** What Talos writes on nodes that it has cordoned itself, so that it takes back only that. */
export const CORDONED_BY_TALOS = 'talos.dev/cordoned';

/** The labels of a node that say what its machine is. */
export function machineLabels({ name, type }: Machine): Readonly<Record<string, string>> {
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(type === 'controlplane' ? { [CONTROL_PLANE_LABEL]: '', [EXCLUDE_LABEL]: '' } : {}),
  };
}

/** The annotations of a node that its kubelet and its network write. */
export function machineAnnotations({ address }: Machine): Readonly<Record<string, string>> {
  return {
    'flannel.alpha.coreos.com/public-ip': address,
    'networking.talos.dev/self-ips': address,
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  };
}

/** All labels of a node. */
export function labelsOf(node: KubernetesNode): Readonly<Record<string, string>> {
  return { ...machineLabels(node.machine), ...node.labels };
}

/** All annotations of a node. */
export function annotationsOf(node: KubernetesNode): Readonly<Record<string, string>> {
  return { ...machineAnnotations(node.machine), ...node.annotations };
}

/** The taints that Kubernetes gives a node for the state that it is in. */
function conditionTaints(node: KubernetesNode): readonly Taint[] {
  const { readiness, unschedulable, readinessSince: timeAdded } = node;
  const bad =
    readiness === 'ready'
      ? []
      : ['NoSchedule', 'NoExecute'].map((effect): Taint => {
          const key = readiness === 'unknown' ? UNREACHABLE : NOT_READY;
          return { key, effect, timeAdded };
        });
  return unschedulable ? [...bad, { key: UNSCHEDULABLE, effect: 'NoSchedule' }] : bad;
}

/** All taints of a node. */
export function taintsOf(node: KubernetesNode): readonly Taint[] {
  return [...node.taints, ...conditionTaints(node)];
}

/** Whether a taint is one that Kubernetes derives from the state of a node. */
export function isConditionTaint({ key }: Taint): boolean {
  return key === UNREACHABLE || key === NOT_READY || key === UNSCHEDULABLE;
}

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
