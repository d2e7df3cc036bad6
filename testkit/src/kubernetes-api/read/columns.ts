import type { KubeObject } from '../objects/object.js';
import { ageOf } from './age.js';

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Default: `string`. */
  readonly type?: 'string' | 'integer';
  readonly format?: 'name';
  /** 0, or 1 for what is only printed when asked for. */
  readonly priority?: number;
  readonly cell: (object: KubeObject, now: number) => string | number;
}

/** A value somewhere in an object; absent where a part is missing. */
function at(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    object,
  );
}

function text(name: string, ...path: readonly string[]): Column {
  return { name, cell: (object) => String(at(object, ...path) ?? '<none>') };
}

function number(name: string, ...path: readonly string[]): Column {
  return { name, type: 'integer', cell: (object) => Number(at(object, ...path) ?? 0) };
}

function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

const name: Column = { name: 'Name', format: 'name', cell: ({ metadata }) => metadata.name };

const age: Column = {
  name: 'Age',
  cell: ({ metadata }, now) => ageOf(now - Date.parse(metadata.creationTimestamp)),
};

const containers: readonly Column[] = (['name', 'image'] as const).map((key) =>
  wide({
    name: key === 'name' ? 'Containers' : 'Images',
    cell: (object) =>
      list(at(object, 'spec', 'template', 'spec', 'containers'))
        .map((container) => String(at(container, key)))
        .join(','),
  }),
);

const selector: Column = wide({
  name: 'Selector',
  cell: (object) =>
    Object.entries((at(object, 'spec', 'selector', 'matchLabels') ?? {}) as object)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
});

/** How many are ready of how many that are wanted. */
const readyOfReplicas: Column = {
  name: 'Ready',
  cell: (object) =>
    `${at(object, 'status', 'readyReplicas') ?? 0}/${at(object, 'spec', 'replicas') ?? 0}`,
};

const tables: Readonly<Record<string, readonly Column[]>> = {
  namespaces: [name, text('Status', 'status', 'phase'), age],
  nodes: [
    name,
    { name: 'Status', cell: nodeStatus },
    { name: 'Roles', cell: nodeRoles },
    age,
    text('Version', 'status', 'nodeInfo', 'kubeletVersion'),
    wide({ name: 'Internal-IP', cell: (node) => addressOf(node, 'InternalIP') }),
    wide({ name: 'External-IP', cell: (node) => addressOf(node, 'ExternalIP') }),
    wide(text('OS-Image', 'status', 'nodeInfo', 'osImage')),
    wide(text('Kernel-Version', 'status', 'nodeInfo', 'kernelVersion')),
    wide(text('Container-Runtime', 'status', 'nodeInfo', 'containerRuntimeVersion')),
  ],
  pods: [
    name,
    { name: 'Ready', cell: containersReady },
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: (pod) => String(at(statuses(pod)[0], 'restartCount') ?? 0) },
    age,
    wide(text('IP', 'status', 'podIP')),
    wide(text('Node', 'spec', 'nodeName')),
    wide(text('Nominated Node', 'status', 'nominatedNodeName')),
    wide(text('Readiness Gates', 'spec', 'readinessGates')),
  ],
  daemonsets: [
    name,
    number('Desired', 'status', 'desiredNumberScheduled'),
    number('Current', 'status', 'currentNumberScheduled'),
    number('Ready', 'status', 'numberReady'),
    number('Up-to-date', 'status', 'updatedNumberScheduled'),
    number('Available', 'status', 'numberAvailable'),
    { name: 'Node Selector', cell: () => '<none>' },
    age,
    ...containers,
    selector,
  ],
  deployments: [
    name,
    readyOfReplicas,
    number('Up-to-date', 'status', 'updatedReplicas'),
    number('Available', 'status', 'availableReplicas'),
    age,
    ...containers,
    selector,
  ],
  replicasets: [
    name,
    number('Desired', 'spec', 'replicas'),
    number('Current', 'status', 'replicas'),
    number('Ready', 'status', 'readyReplicas'),
    age,
    ...containers,
    selector,
  ],
  statefulsets: [name, readyOfReplicas, age, ...containers],
  poddisruptionbudgets: [
    name,
    {
      name: 'Min Available',
      cell: (budget) => String(at(budget, 'spec', 'minAvailable') ?? 'N/A'),
    },
    {
      name: 'Max Unavailable',
      cell: (budget) => String(at(budget, 'spec', 'maxUnavailable') ?? 'N/A'),
    },
    number('Allowed Disruptions', 'status', 'disruptionsAllowed'),
    age,
  ],
};

/** The columns of a kind of objects. */
export function columnsOf(plural: string): readonly Column[] {
  return tables[plural] ?? [name, age];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function nodeStatus(node: KubeObject): string {
  const ready = list(at(node, 'status', 'conditions')).find((one) => at(one, 'type') === 'Ready');
  const words = { True: 'Ready', False: 'NotReady', Unknown: 'NotReady' };
  const word = words[at(ready, 'status') as keyof typeof words] ?? 'Unknown';
  return at(node, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

const ROLE = 'node-role.kubernetes.io/';

function nodeRoles({ metadata: { labels = {} } }: KubeObject): string {
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith(ROLE))
    .map((label) => label.slice(ROLE.length))
    .sort();
  return roles.join(',') || '<none>';
}

function addressOf(node: KubeObject, type: string): string {
  const found = list(at(node, 'status', 'addresses')).find((one) => at(one, 'type') === type);
  return String(at(found, 'address') ?? '<none>');
}

function statuses(pod: KubeObject): readonly unknown[] {
  return list(at(pod, 'status', 'containerStatuses'));
}

function containersReady(pod: KubeObject): string {
  const ready = statuses(pod).filter((one) => at(one, 'ready') === true).length;
  return `${ready}/${list(at(pod, 'spec', 'containers')).length}`;
}

function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const waiting = at(statuses(pod)[0], 'state', 'waiting', 'reason');
  return String(waiting ?? at(pod, 'status', 'phase'));
}
