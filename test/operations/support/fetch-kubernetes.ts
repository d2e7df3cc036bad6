import type { SimulatedCluster } from 'talos-client-testkit';
import type {
  KubernetesApi,
  KubernetesCall,
  KubernetesNode,
  KubernetesPod,
} from '../../../src/operations/kubernetes/api.js';

/** A client of the Kubernetes API of a simulated cluster, such as a caller may bring. */
export function kubernetesOf({ kubernetes }: SimulatedCluster): KubernetesApi {
  const ask = async <Result>(
    path: string,
    call: KubernetesCall,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) => {
    const response = await kubernetes.fetch(path, { ...init, signal: call.signal });
    const content = await response.json();
    if (response.ok) return content as Result;
    const { message, reason, details } = content as { [key: string]: unknown };
    const causes = (details as { causes?: unknown } | undefined)?.causes;
    throw Object.assign(new Error(String(message)), { status: response.status, reason, causes });
  };
  const list = async <Item>(path: string, call: KubernetesCall) =>
    (await ask<{ readonly items: readonly Item[] }>(path, call)).items;
  return {
    getNode: (name, call) => ask<KubernetesNode>(`/api/v1/nodes/${name}`, call),
    listNodes: (call) => list<KubernetesNode>('/api/v1/nodes', call),
    patchNode: (name, patch, call) =>
      ask(`/api/v1/nodes/${name}`, call, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify(patch),
      }),
    listPods({ nodeName, namespace, labelSelector }, call) {
      const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
      const query = new URLSearchParams();
      if (nodeName !== undefined) query.set('fieldSelector', `spec.nodeName=${nodeName}`);
      if (labelSelector !== undefined) query.set('labelSelector', labelSelector);
      return list<KubernetesPod>(`/api/v1${within}/pods?${query}`, call);
    },
    getDaemonSet: (namespace, name, call) =>
      ask(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`, call),
    evictPod: ({ namespace, name, uid }, call) =>
      ask(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`, call, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { namespace, name },
          deleteOptions: { preconditions: { uid } },
        }),
      }),
  };
}
