import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import type { Workload } from '../../topics/kubernetes/workload.js';
import { type KubeObject, kubeTime } from './object.js';

/** How many pods of a workload there are. */
interface Counts {
  readonly desired: number;
  readonly current: number;
  readonly ready: number;
}

function countsOf(kubernetes: Kubernetes, { kind, owner, replicas }: Workload): Counts {
  const pods = kubernetes.pods.ownedBy(owner.uid).filter(({ deletion }) => deletion === undefined);
  return {
    desired: kind === 'DaemonSet' ? kubernetes.list().length : replicas,
    current: pods.length,
    ready: pods.filter((pod) => kubernetes.isPodReady(pod)).length,
  };
}

function metadata({ namespace, createdAt, template }: Workload, name: string, uid: string) {
  const { labels } = template;
  return { name, namespace, uid, creationTimestamp: kubeTime(createdAt), generation: 1, labels };
}

function template({ template: { labels, container, image } }: Workload, more: object = {}): object {
  return {
    metadata: { labels: { ...labels, ...more } },
    spec: { containers: [{ name: container, image }], restartPolicy: 'Always' },
  };
}

function selector({ template: { labels } }: Workload, more: object = {}): object {
  return { matchLabels: { ...labels, ...more } };
}

export function daemonSetObject(kubernetes: Kubernetes, workload: Workload): KubeObject {
  const { desired, current, ready } = countsOf(kubernetes, workload);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata(workload, workload.name, workload.uid),
    spec: {
      selector: selector(workload),
      template: template(workload),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
    status: {
      currentNumberScheduled: current,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: 1,
      updatedNumberScheduled: current,
      numberAvailable: ready || undefined,
      numberUnavailable: desired - ready || undefined,
    },
  };
}

export function deploymentObject(kubernetes: Kubernetes, workload: Workload): KubeObject {
  const { desired, current, ready } = countsOf(kubernetes, workload);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(workload, workload.name, workload.uid),
    spec: {
      replicas: desired,
      selector: selector(workload),
      template: template(workload),
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      observedGeneration: 1,
      replicas: current || undefined,
      updatedReplicas: current || undefined,
      readyReplicas: ready || undefined,
      availableReplicas: ready || undefined,
      unavailableReplicas: desired - ready || undefined,
    },
  };
}

/** The ReplicaSet of a Deployment. */
export function replicaSetObject(kubernetes: Kubernetes, workload: Workload): KubeObject {
  const { desired, current, ready } = countsOf(kubernetes, workload);
  const { owner, name, uid } = workload;
  const hash = { 'pod-template-hash': owner.name.slice(name.length + 1) };
  const { labels, ...rest } = metadata(workload, owner.name, owner.uid);
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...rest,
      labels: { ...labels, ...hash },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas: desired,
      selector: selector(workload, hash),
      template: template(workload, hash),
    },
    status: {
      replicas: current,
      fullyLabeledReplicas: current || undefined,
      readyReplicas: ready || undefined,
      availableReplicas: ready || undefined,
      observedGeneration: 1,
    },
  };
}

export function statefulSetObject(kubernetes: Kubernetes, workload: Workload): KubeObject {
  const { desired, current, ready } = countsOf(kubernetes, workload);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata(workload, workload.name, workload.uid),
    spec: {
      replicas: desired,
      selector: selector(workload),
      template: template(workload),
      serviceName: workload.name,
      podManagementPolicy: 'OrderedReady',
    },
    status: {
      observedGeneration: 1,
      replicas: current,
      readyReplicas: ready || undefined,
      currentReplicas: current,
      availableReplicas: ready,
    },
  };
}
