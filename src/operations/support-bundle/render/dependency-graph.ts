import type { ControllerDependencyEdge } from '../../../../generated/features/inspect.js';

/** A resource, as far as the graph shows it. */
export interface GraphResource {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  readonly owner: string;
}

/**
 * The file `dependencies.dot`, for Graphviz: controllers, the resources of each type as a cluster, and
 * who reads and writes what. Inputs of the kind `INPUT_DESTROY_READY` are left out, as talosctl does.
 *
 * @param resources those of each type that an edge names
 */
export function* dependencyGraph(
  edges: readonly ControllerDependencyEdge[],
  resources: ReadonlyMap<string, readonly GraphResource[]>,
): Generator<string, void, undefined> {
  yield 'digraph {\n';
  for (const name of new Set(edges.map(({ controllerName }) => controllerName))) {
    yield `\t${quoted(name)} [shape="box"];\n`;
  }
  let clusters = 0;
  for (const [type, list] of resources) {
    clusters += 1;
    yield `\tsubgraph cluster_${clusters} {\n\t\tlabel=${quoted(type)};\n`;
    for (const resource of list) {
      yield `\t\t${nameOf(resource)} [fillcolor="azure2", shape="note", style="filled"];\n`;
    }
    yield '\t}\n';
  }
  for (const edge of edges) {
    for (const resource of resources.get(edge.resourceType) ?? []) {
      if (edge.resourceId !== '' && edge.resourceId !== resource.id) continue;
      const line = edgeLine(edge, resource);
      if (line !== undefined) yield line;
    }
  }
  yield '}\n';
}

function edgeLine(
  { controllerName, edgeType }: ControllerDependencyEdge,
  resource: GraphResource,
): string | undefined {
  const [controller, name] = [quoted(controllerName), nameOf(resource)];
  switch (edgeType) {
    case 'OUTPUT_EXCLUSIVE':
    case 'OUTPUT_SHARED':
      // Several controllers may write a type; each resource is of one.
      if (resource.owner !== controllerName) return undefined;
      return `\t${controller} -> ${name} [style="solid"];\n`;
    case 'INPUT_STRONG':
      return `\t${name} -> ${controller} [style="solid"];\n`;
    case 'INPUT_WEAK':
      return `\t${name} -> ${controller} [style="dotted"];\n`;
    default:
      return undefined;
  }
}

function nameOf({ namespace, type, id }: GraphResource): string {
  return quoted(`${namespace}/${type}/${id}`);
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}
