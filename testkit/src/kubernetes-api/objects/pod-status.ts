import type { ClusterPod } from '../../topics/kubernetes/cluster-pod.js';
import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import type { Pod } from '../../topics/kubernetes/pod.js';
import { kubeTime } from './object.js';

/** How a pod is. */
export function podStatus(kubernetes: Kubernetes, pod: ClusterPod): object {
  const { status, machine, boundAt, template } = pod;
  if (machine === undefined) return pending(kubernetes, pod);
  const ready = kubernetes.isPodReady(pod);
  return {
    phase: status === undefined ? 'Pending' : 'Running',
    conditions: conditions(pod, ready),
    hostIP: machine.address,
    hostIPs: [{ ip: machine.address }],
    podIP: status?.ip,
    podIPs: status === undefined ? undefined : [{ ip: status.ip }],
    startTime: kubeTime(boundAt ?? pod.createdAt),
    containerStatuses:
      status === undefined
        ? [
            {
              name: template.container,
              image: template.image,
              imageID: '',
              ready: false,
              started: false,
              restartCount: 0,
              state: { waiting: { reason: 'ContainerCreating' } },
              lastState: {},
            },
          ]
        : [containerStatus(status)],
    qosClass: 'BestEffort',
  };
}

function containerStatus({ ready, container }: Pod): object {
  const { name, image, id, pid, restarts, startedAt } = container;
  const started = pid !== 0;
  return {
    name,
    image,
    imageID: image,
    containerID: `containerd://${id}`,
    ready,
    started,
    restartCount: restarts,
    state: started
      ? { running: { startedAt: kubeTime(startedAt) } }
      : { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: {},
  };
}

function conditions({ status, createdAt, boundAt }: ClusterPod, ready: boolean): object[] {
  const bound = kubeTime(boundAt ?? createdAt);
  const started = status === undefined ? bound : kubeTime(status.startedAt);
  const condition = (type: string, holds: boolean, since: string) => ({
    type,
    status: holds ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: since,
    ...(!holds && status !== undefined ? { reason: 'ContainersNotReady' } : {}),
  });
  return [
    condition('PodReadyToStartContainers', status !== undefined, started),
    condition('Initialized', true, bound),
    condition('Ready', ready, started),
    condition('ContainersReady', status?.ready === true, started),
    condition('PodScheduled', true, bound),
  ];
}

function pending(kubernetes: Kubernetes, { createdAt }: ClusterPod): object {
  const count = kubernetes.list().length;
  return {
    phase: 'Pending',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: kubeTime(createdAt),
        reason: 'Unschedulable',
        message: `0/${count} nodes are available: ${count} node(s) had untolerated taint(s).`,
      },
    ],
    qosClass: 'BestEffort',
  };
}
