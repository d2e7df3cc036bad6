import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import type { KubernetesFetchInit } from '../../../testkit/src/memory/kubernetes-fetch.js';
import { startCluster } from '../support.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there.
export type Doc = any;

/** A cluster whose time stands still, and what asks its Kubernetes API. */
export async function startKubernetes(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ controlPlanes: 1, workers: 2, clock, ...options });
  const { kubernetes } = cluster;
  /** The status and the document that a request is answered with. */
  const ask = async (path: string, init: KubernetesFetchInit = {}) => {
    const response = await kubernetes.fetch(path, init);
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(await response.text()),
    };
  };
  const get = async (path: string) => (await ask(path)).body;
  const send = (method: string, path: string, body: unknown, contentType = 'application/json') =>
    ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': contentType } });
  const cordon = (node: string, unschedulable: boolean) =>
    send('PATCH', `/api/v1/nodes/${node}`, { spec: { unschedulable } }, MERGE);
  const evict = (namespace: string, name: string, deleteOptions: object = {}) =>
    send('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions,
    });
  const podsOf = (app: string) =>
    kubernetes.pods.filter(({ name }) => name.startsWith(`${app}-`) || name === app);
  return { clock, cluster, kubernetes, ask, get, send, cordon, evict, podsOf };
}

export const MERGE = 'application/strategic-merge-patch+json';

/** What a list of the API holds, by name. */
export function namesIn({ items }: { items: { metadata: { name: string } }[] }): string[] {
  return items.map(({ metadata }) => metadata.name);
}
