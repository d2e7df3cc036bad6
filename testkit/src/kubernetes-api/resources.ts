import type { Kubernetes } from '../topics/kubernetes/kubernetes.js';
import type { Workload } from '../topics/kubernetes/workload.js';
import { budgetObject } from './objects/budget.js';
import { namespaceObjects } from './objects/namespace.js';
import { nodeObject } from './objects/node.js';
import type { KubeObject } from './objects/object.js';
import { podObject } from './objects/pod.js';
import {
  daemonSetObject,
  deploymentObject,
  replicaSetObject,
  statefulSetObject,
} from './objects/workload.js';

/** A kind of objects that the API has. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
  /** All objects, without their versions. */
  readonly objects: (kubernetes: Kubernetes) => readonly KubeObject[];
}

const reading = ['get', 'list', 'watch'];

function workloads(
  kind: Workload['kind'],
  render: (kubernetes: Kubernetes, workload: Workload) => KubeObject,
): Resource['objects'] {
  return (kubernetes) =>
    [...kubernetes.workloads.values()]
      .filter((workload) => workload.kind === kind)
      .map((workload) => render(kubernetes, workload));
}

function apps(kind: string, shortName: string, objects: Resource['objects']): Resource {
  const singular = kind.toLowerCase();
  return {
    group: 'apps',
    version: 'v1',
    plural: `${singular}s`,
    singular,
    kind,
    namespaced: true,
    shortNames: [shortName],
    verbs: reading,
    objects,
  };
}

/** All kinds of objects that there are. What is not here is not found. */
export const resources: readonly Resource[] = [
  {
    group: '',
    version: 'v1',
    plural: 'namespaces',
    singular: 'namespace',
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    verbs: reading,
    objects: namespaceObjects,
  },
  {
    group: '',
    version: 'v1',
    plural: 'nodes',
    singular: 'node',
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    verbs: [...reading, 'patch', 'update'],
    objects: (kubernetes) => kubernetes.list().map(nodeObject),
  },
  {
    group: '',
    version: 'v1',
    plural: 'pods',
    singular: 'pod',
    kind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    verbs: ['delete', ...reading],
    objects: (kubernetes) => kubernetes.pods.all().map((pod) => podObject(kubernetes, pod)),
  },
  apps('DaemonSet', 'ds', workloads('DaemonSet', daemonSetObject)),
  apps('Deployment', 'deploy', workloads('Deployment', deploymentObject)),
  apps('ReplicaSet', 'rs', workloads('Deployment', replicaSetObject)),
  apps('StatefulSet', 'sts', workloads('StatefulSet', statefulSetObject)),
  {
    group: 'policy',
    version: 'v1',
    plural: 'poddisruptionbudgets',
    singular: 'poddisruptionbudget',
    kind: 'PodDisruptionBudget',
    namespaced: true,
    shortNames: ['pdb'],
    verbs: reading,
    objects: (kubernetes) =>
      [...kubernetes.budgets.values()].map((budget) => budgetObject(kubernetes, budget)),
  },
];

/** `v1`, or `apps/v1`. */
export function groupVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The resource at a place of the API. */
export function findResource(groupVersion: string, plural: string): Resource | undefined {
  return resources.find(
    (resource) => resource.plural === plural && groupVersionOf(resource) === groupVersion,
  );
}
