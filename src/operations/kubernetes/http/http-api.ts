import type {
  KubernetesApi,
  KubernetesCall,
  KubernetesNode,
  KubernetesNodePatch,
  KubernetesPod,
  KubernetesPodIdentity,
  KubernetesPodQuery,
} from '../api.js';
import { httpStatusOf, KubernetesApiError } from '../api-error.js';
import { readAnswer } from './answer.js';
import type { KubernetesIdentity } from './connections.js';
import type { ApiRequest } from './request.js';
import { Servers } from './servers.js';

/** How many objects a page of a list has. */
const PAGE_SIZE = 500;
/** More pages than any cluster has; a server that never ends a list is faulty. */
const MOST_PAGES = 200;

/** Where the Kubernetes API is, and who the client is. */
export interface HttpApiOptions extends KubernetesIdentity {
  /** URLs with the scheme `https`, the one to try first first. */
  readonly servers: readonly URL[];
  /** As the option `proxy` of a client of Talos. Default: that of the environment. */
  readonly proxy?: string | undefined;
}

interface List<Item> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly Item[] | null;
}

/** The Kubernetes API over HTTPS, with a client certificate. */
export class HttpApi implements KubernetesApi {
  readonly #servers: Servers;

  constructor({ servers, proxy, ...identity }: HttpApiOptions) {
    this.#servers = new Servers(servers, identity, proxy);
  }

  getNode(name: string, call: KubernetesCall): Promise<KubernetesNode> {
    return this.#ask({ method: 'GET', path: nodePath(name) }, call);
  }

  listNodes(call: KubernetesCall): Promise<readonly KubernetesNode[]> {
    return this.#list('/api/v1/nodes', {}, call);
  }

  patchNode(name: string, patch: KubernetesNodePatch, call: KubernetesCall): Promise<unknown> {
    const body = { type: 'application/merge-patch+json', json: patch };
    return this.#ask({ method: 'PATCH', path: nodePath(name), body }, call);
  }

  listPods(
    { nodeName, namespace, labelSelector }: KubernetesPodQuery,
    call: KubernetesCall,
  ): Promise<readonly KubernetesPod[]> {
    const path =
      namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encoded(namespace)}/pods`;
    const query = {
      ...(nodeName === undefined ? {} : { fieldSelector: `spec.nodeName=${nodeName}` }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
    return this.#list(path, query, call);
  }

  getDaemonSet(namespace: string, name: string, call: KubernetesCall): Promise<unknown> {
    const path = `/apis/apps/v1/namespaces/${encoded(namespace)}/daemonsets/${encoded(name)}`;
    return this.#ask({ method: 'GET', path }, call);
  }

  evictPod(
    { namespace, name, uid }: KubernetesPodIdentity,
    call: KubernetesCall,
  ): Promise<unknown> {
    const json = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: { preconditions: { uid } },
    };
    const path = `/api/v1/namespaces/${encoded(namespace)}/pods/${encoded(name)}/eviction`;
    return this.#ask({ method: 'POST', path, body: { type: 'application/json', json } }, call);
  }

  /** Frees the connections. */
  close(): void {
    this.#servers.close();
  }

  /** All pages of a list; from the beginning again when a page comes too late to be one of the same. */
  async #list<Item>(
    path: string,
    query: Readonly<Record<string, string>>,
    call: KubernetesCall,
  ): Promise<readonly Item[]> {
    let items: Item[] = [];
    let next: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const parameters = new URLSearchParams({ ...query, limit: String(PAGE_SIZE) });
      if (next !== undefined) parameters.set('continue', next);
      try {
        const list: List<Item> = await this.#ask(
          { method: 'GET', path: `${path}?${parameters}` },
          call,
        );
        items.push(...(list.items ?? []));
        next = list.metadata?.continue || undefined;
        if (next === undefined) return items;
      } catch (error) {
        if (httpStatusOf(error) !== 410 || next === undefined) throw error;
        items = [];
        next = undefined;
      }
    }
    throw new KubernetesApiError(`the list ${path} does not end`, { reason: 'Invalid' });
  }

  async #ask<Result>(request: ApiRequest, call: KubernetesCall): Promise<Result> {
    return readAnswer(request, await this.#servers.ask(request, call)) as Result;
  }
}

function nodePath(name: string): string {
  return `/api/v1/nodes/${encoded(name)}`;
}

const encoded = encodeURIComponent;
