import type { Cluster } from '../../base/machine.js';
import { nameSuffix } from './names.js';
import { type PodTemplate, podTemplate } from './pod-template.js';
import { kubernetesImages } from './versions.js';

/** What controls a pod: it makes another one when the pod goes. */
export interface Owner {
  readonly kind: 'ReplicaSet' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly uid: string;
}

/** Something that keeps pods running. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** How many pods it wants; of a DaemonSet, one on each node. */
  readonly replicas: number;
  readonly template: PodTemplate;
  /** What its pods are owned by: of a Deployment, its ReplicaSet. */
  readonly owner: Owner;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
}

/** What a workload is made of. */
export interface WorkloadInit {
  readonly kind: Workload['kind'];
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number | undefined;
  readonly template: PodTemplate;
  readonly createdAt: number;
}

/** A workload, with the ids that the seed of the cluster gives it. */
export function createWorkload(cluster: Cluster, init: WorkloadInit): Workload {
  const { kind, namespace, name, replicas = 1 } = init;
  const random = cluster.random.fork(`workload/${kind}/${namespace}/${name}`);
  const uid = random.uuid();
  const owner: Owner =
    kind === 'Deployment'
      ? { kind: 'ReplicaSet', name: `${name}-${nameSuffix(random, 10)}`, uid: random.uuid() }
      : { kind, name, uid };
  return { ...init, uid, replicas, owner };
}

/** The namespace of what a cluster itself is made of. */
export const SYSTEM_NAMESPACE = 'kube-system';

/** What Talos brings into every cluster. */
export function systemWorkloads(cluster: Cluster, createdAt: number): readonly Workload[] {
  const images = kubernetesImages(cluster.talosVersion);
  const common = { namespace: SYSTEM_NAMESPACE, createdAt };
  const everywhere = { hostNetwork: true, tolerates: 'everything' } as const;
  return [
    createWorkload(cluster, {
      ...common,
      kind: 'DaemonSet',
      name: 'kube-flannel',
      template: podTemplate('kube-flannel', {
        ...everywhere,
        labels: { tier: 'node', 'k8s-app': 'flannel' },
        image: images.flannel,
        priorityClass: 'system-node-critical',
      }),
    }),
    createWorkload(cluster, {
      ...common,
      kind: 'DaemonSet',
      name: 'kube-proxy',
      template: podTemplate('kube-proxy', {
        ...everywhere,
        labels: { tier: 'node', 'k8s-app': 'kube-proxy' },
        image: images['kube-proxy'],
        priorityClass: 'system-cluster-critical',
      }),
    }),
    createWorkload(cluster, {
      ...common,
      kind: 'Deployment',
      name: 'coredns',
      replicas: 2,
      template: podTemplate('coredns', {
        labels: { 'k8s-app': 'kube-dns' },
        image: images.coredns,
        tolerates: 'control-planes',
        priorityClass: 'system-cluster-critical',
      }),
    }),
  ];
}
