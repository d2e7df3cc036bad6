import { inspect } from '../../../../generated/features/inspect.js';
import { resources } from '../../../../generated/features/resources.js';
import type { TalosNode } from '../../../runtime/target.js';
import { dependencyGraph, type GraphResource } from '../render/dependency-graph.js';
import { type CollectorCall, SILENCE_MS } from './collector.js';

/** The graph of controllers and resources of a node. */
export async function* dependencies(
  node: TalosNode,
  call: CollectorCall,
): AsyncGenerator<string, void, undefined> {
  const { edges } = await inspect(node).controllerRuntimeDependencies(
    {},
    { ...call, timeoutMs: SILENCE_MS },
  );
  const found = new Map<string, readonly GraphResource[]>();
  for (const { resourceType: type, resourceNamespace: namespace } of edges) {
    if (found.has(type)) continue;
    found.set(type, await resourcesOf(node, call, { namespace, type }));
  }
  yield* dependencyGraph(edges, found);
}

/** Resources that may not be read are not in the graph; their controllers are. */
async function resourcesOf(
  node: TalosNode,
  call: CollectorCall,
  request: { readonly namespace: string; readonly type: string },
): Promise<readonly GraphResource[]> {
  const list: GraphResource[] = [];
  try {
    const stream = resources(node).list(request, { ...call, idleTimeoutMs: SILENCE_MS });
    for await (const { resource } of stream) {
      const { namespace = '', type = '', id = '', owner = '' } = resource?.metadata ?? {};
      list.push({ namespace, type, id, owner });
    }
  } catch {
    call.signal.throwIfAborted();
  }
  return list;
}
