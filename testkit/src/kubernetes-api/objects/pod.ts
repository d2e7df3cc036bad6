import type { ClusterPod } from '../../topics/kubernetes/cluster-pod.js';
import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { type KubeObject, kubeTime } from './object.js';
import { podStatus } from './pod-status.js';

const PRIORITIES = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
} as const;

/** A pod, as clients of Kubernetes see it. */
export function podObject(kubernetes: Kubernetes, pod: ClusterPod): KubeObject {
  const { namespace, name, uid, owner, createdAt, deletion, template } = pod;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName:
        owner === undefined || owner.kind === 'StatefulSet' ? undefined : `${owner.name}-`,
      namespace,
      uid,
      creationTimestamp: kubeTime(createdAt),
      deletionTimestamp: deletion === undefined ? undefined : kubeTime(deletion.at),
      deletionGracePeriodSeconds: deletion?.graceSeconds,
      labels: { ...template.labels, ...ownLabels(pod) },
      annotations: pod.isMirror ? mirrorAnnotations(pod) : undefined,
      ownerReferences: ownerReferences(kubernetes, pod),
    },
    spec: podSpec(pod),
    status: podStatus(kubernetes, pod),
  };
}

/** The labels that only pods have, and not what they are selected by. */
function ownLabels({ owner, name }: ClusterPod): Readonly<Record<string, string>> {
  const hash = owner?.name.split('-').at(-1) ?? '';
  switch (owner?.kind) {
    case 'ReplicaSet':
      return { 'pod-template-hash': hash };
    case 'DaemonSet':
      return { 'controller-revision-hash': owner.uid.slice(0, 8), 'pod-template-generation': '1' };
    case 'StatefulSet':
      return {
        'apps.kubernetes.io/pod-index': name.split('-').at(-1) ?? '',
        'controller-revision-hash': `${owner.name}-${owner.uid.slice(0, 8)}`,
        'statefulset.kubernetes.io/pod-name': name,
      };
    default:
      return {};
  }
}

function mirrorAnnotations({ status, createdAt }: ClusterPod): Readonly<Record<string, string>> {
  const hash = (status?.uid ?? '').replaceAll('-', '');
  return {
    'kubernetes.io/config.hash': hash,
    'kubernetes.io/config.mirror': hash,
    'kubernetes.io/config.seen': new Date(createdAt).toISOString(),
    'kubernetes.io/config.source': 'file',
    'talos.dev/config-version': '1',
    'talos.dev/secrets-version': '1',
  };
}

function ownerReferences(kubernetes: Kubernetes, pod: ClusterPod): readonly object[] | undefined {
  const { owner, isMirror, machine } = pod;
  if (owner !== undefined) {
    const { kind, name, uid } = owner;
    const reference = { apiVersion: 'apps/v1', kind, name, uid };
    return [{ ...reference, controller: true, blockOwnerDeletion: true }];
  }
  const node = isMirror && machine !== undefined ? kubernetes.find(machine) : undefined;
  if (node === undefined) return undefined;
  const {
    machine: { name },
    uid,
  } = node;
  return [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }];
}

function podSpec({ template, machine }: ClusterPod): object {
  const { hostNetwork, priorityClass, emptyDir } = template;
  return {
    volumes: emptyDir ? [{ name: 'data', emptyDir: {} }] : undefined,
    containers: [
      {
        name: template.container,
        image: template.image,
        resources: {},
        volumeMounts: emptyDir ? [{ name: 'data', mountPath: '/data' }] : undefined,
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: template.graceSeconds,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    nodeName: machine?.name,
    hostNetwork: hostNetwork || undefined,
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: tolerations(template.tolerates),
    priorityClassName: priorityClass,
    priority: priorityClass === undefined ? 0 : PRIORITIES[priorityClass],
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  };
}

function tolerations(tolerates: ClusterPod['template']['tolerates']): readonly object[] {
  if (tolerates === 'everything') return [{ operator: 'Exists' }];
  const lost = ['not-ready', 'unreachable'].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  if (tolerates === 'nothing') return lost;
  const key = 'node-role.kubernetes.io/control-plane';
  return [{ key, operator: 'Exists', effect: 'NoSchedule' }, ...lost];
}
