import type { ControllerDependencyEdge } from '../../../../generated/inspect.js';
import { definitionOf } from '../../cosi/definitions/definitions.js';
import { compareText } from '../../cosi/resource.js';
import { blockControllers } from './block.js';
import { clusterControllers } from './cluster.js';
import type { Controller } from './controller.js';
import { criControllers } from './cri.js';
import { k8sControllers1 } from './k8s-1.js';
import { k8sControllers2 } from './k8s-2.js';
import { networkControllers1 } from './network-1.js';
import { networkControllers2 } from './network-2.js';
import { perfControllers } from './perf.js';
import { runtimeControllers1 } from './runtime-1.js';
import { runtimeControllers2 } from './runtime-2.js';
import { secretsControllers } from './secrets.js';
import { storageControllers } from './storage.js';

/** The controllers that a node of Talos v1.14 registers. */
const controllers: readonly Controller[] = [
  ...blockControllers,
  ...clusterControllers,
  ...criControllers,
  ...k8sControllers1,
  ...k8sControllers2,
  ...networkControllers1,
  ...networkControllers2,
  ...perfControllers,
  ...runtimeControllers1,
  ...runtimeControllers2,
  ...secretsControllers,
  ...storageControllers,
];

type Edge = ControllerDependencyEdge;

const outputs = { exclusive: 'OUTPUT_EXCLUSIVE', shared: 'OUTPUT_SHARED' } as const;
const inputs = {
  strong: 'INPUT_STRONG',
  weak: 'INPUT_WEAK',
  destroyReady: 'INPUT_DESTROY_READY',
} as const;

/**
 * Which controllers of Talos read and write which resources, in the order that a node gives: first
 * outputs, those of one controller before those of several, then inputs. Outputs have no namespace.
 * Older releases have the controllers of v1.14 without the types that they do not know.
 */
export function controllerDependencies(talosVersion: string): readonly Edge[] {
  const written = controllers.flatMap((controller) => edgesOf(controller, outputs));
  const read = controllers.flatMap((controller) => edgesOf(controller, inputs));
  const first = (edge: Edge) => (edge.edgeType === 'OUTPUT_EXCLUSIVE' ? 0 : 1);
  written.sort((one, other) => first(one) - first(other) || compareEdges(one, other));
  read.sort(compareEdges);
  return [...written, ...read].filter(
    ({ resourceType }) => definitionOf(talosVersion, resourceType.toLowerCase()) !== undefined,
  );
}

function edgesOf(
  controller: Controller,
  fields: Readonly<Partial<Record<keyof Controller, Edge['edgeType']>>>,
): Edge[] {
  return Object.entries(fields).flatMap(([field, edgeType]) =>
    ((controller[field as keyof Controller] ?? []) as readonly string[]).map((path) => {
      const [resourceNamespace = '', resourceType = '', resourceId = ''] =
        field in outputs ? ['', path] : path.split('/');
      return {
        controllerName: controller.name,
        edgeType: edgeType as Edge['edgeType'],
        resourceNamespace,
        resourceType,
        resourceId,
      };
    }),
  );
}

function compareEdges(one: Edge, other: Edge): number {
  for (const field of [
    'controllerName',
    'resourceNamespace',
    'resourceType',
    'resourceId',
  ] as const) {
    const order = compareText(one[field], other[field]);
    if (order !== 0) return order;
  }
  return 0;
}
