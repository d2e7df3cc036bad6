import type { Machine } from '../../base/machine.js';
import { type PodTemplate, podTemplate } from './pod-template.js';
import { kubernetesImages } from './versions.js';
import { SYSTEM_NAMESPACE } from './workload.js';

/** The pods that Talos runs on control planes by itself. */
export const controlPlanePods = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const;

/** A pod that a node has from its own files. */
export interface StaticPod {
  readonly namespace: string;
  readonly name: string;
  readonly template: PodTemplate;
}

/** The pods that a node runs without being told by Kubernetes. */
export function staticPods({ type, name: node, talosVersion }: Machine): readonly StaticPod[] {
  if (type !== 'controlplane') return [];
  const images = kubernetesImages(talosVersion);
  return controlPlanePods.map((name) => ({
    namespace: SYSTEM_NAMESPACE,
    name: `${name}-${node}`,
    template: podTemplate(name, {
      labels: {
        tier: 'control-plane',
        'k8s-app': name,
        component: name,
        'app.kubernetes.io/name': name,
        'app.kubernetes.io/component': 'control-plane',
        'app.kubernetes.io/managed-by': 'Talos',
      },
      image: images[name],
      hostNetwork: true,
      tolerates: 'everything',
      priorityClass: 'system-cluster-critical',
    }),
  }));
}
