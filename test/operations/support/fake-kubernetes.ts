import type {
  KubernetesApi,
  KubernetesCall,
  KubernetesNode,
  KubernetesNodePatch,
  KubernetesPod,
  KubernetesPodIdentity,
  KubernetesPodQuery,
} from '../../../src/operations/kubernetes/api.js';
import { KubernetesApiError } from '../../../src/operations/kubernetes/api-error.js';

/** What a test says of a pod. */
export interface PodInit {
  readonly node?: string;
  readonly owner?: 'ReplicaSet' | 'DaemonSet';
  readonly mirror?: boolean;
  readonly phase?: string;
}

/** What a test says of a node. */
export interface NodeInit {
  readonly unschedulable?: boolean;
  readonly ready?: boolean;
  readonly bootID?: string;
  readonly taints?: readonly { readonly key: string; readonly effect: string }[];
}

/** A refusal as an API server gives it. */
export function refusal(status: number, reason: string, cause?: string): KubernetesApiError {
  const causes = cause === undefined ? [] : [{ reason: cause, message: `because of ${cause}` }];
  return new KubernetesApiError(`HTTP ${status}: ${reason}`, { status, reason, causes });
}

/** The Kubernetes API in memory, as a client of a caller would be. */
export class FakeKubernetes implements KubernetesApi {
  readonly nodes = new Map<string, NodeInit>();
  readonly pods = new Map<string, KubernetesPod>();
  readonly daemonSets = new Set<string>();
  /** What was asked, such as `evict default/web-1`. */
  readonly asked: string[] = [];
  /** What happens at an eviction; by default the pod is gone at once. */
  onEvict: (pod: KubernetesPodIdentity, call: KubernetesCall) => void | Promise<void> = (pod) => {
    this.remove(`${pod.namespace}/${pod.name}`);
  };
  /** Runs before each request, and may throw. */
  before: (request: string) => void = () => {};
  #uids = 0;

  addPod(
    name: string,
    { node = 'worker-1', owner, mirror, phase = 'Running' }: PodInit = {},
  ): void {
    const [namespace = '', own = ''] = name.split('/');
    this.#uids += 1;
    const controller = { kind: owner ?? '', name: own.replace(/-[^-]*$/, ''), controller: true };
    this.pods.set(name, {
      metadata: {
        namespace,
        name: own,
        uid: `uid-${this.#uids}`,
        annotations: mirror === true ? { 'kubernetes.io/config.mirror': 'x' } : {},
        ownerReferences: owner === undefined ? null : [{ apiVersion: 'apps/v1', ...controller }],
      },
      spec: { nodeName: node },
      status: { phase },
    });
  }

  remove(name: string): void {
    this.pods.delete(name);
  }

  /** The requests of one kind. */
  askedFor(kind: string): readonly string[] {
    return this.asked.filter((request) => request.startsWith(`${kind} `));
  }

  #note(request: string, { signal }: KubernetesCall): void {
    signal.throwIfAborted();
    this.asked.push(request);
    this.before(request);
  }

  async getNode(name: string, call: KubernetesCall): Promise<KubernetesNode> {
    this.#note(`get ${name}`, call);
    const node = this.nodes.get(name);
    if (node === undefined) throw refusal(404, 'NotFound');
    return shown(name, node);
  }

  async listNodes(call: KubernetesCall): Promise<readonly KubernetesNode[]> {
    this.#note('nodes -', call);
    return [...this.nodes].map(([name, node]) => shown(name, node));
  }

  async patchNode(
    name: string,
    { spec }: KubernetesNodePatch,
    call: KubernetesCall,
  ): Promise<void> {
    this.#note(`${spec.unschedulable ? 'cordon' : 'uncordon'} ${name}`, call);
    const node = this.nodes.get(name);
    if (node === undefined) throw refusal(404, 'NotFound');
    this.nodes.set(name, { ...node, unschedulable: spec.unschedulable });
  }

  async listPods(
    { nodeName }: KubernetesPodQuery,
    call: KubernetesCall,
  ): Promise<readonly KubernetesPod[]> {
    this.#note(`pods ${nodeName}`, call);
    const all = [...this.pods.values()];
    return nodeName === undefined ? all : all.filter(({ spec }) => spec?.nodeName === nodeName);
  }

  async getDaemonSet(namespace: string, name: string, call: KubernetesCall): Promise<object> {
    this.#note(`daemonset ${namespace}/${name}`, call);
    if (!this.daemonSets.has(`${namespace}/${name}`)) throw refusal(404, 'NotFound');
    return {};
  }

  async evictPod(pod: KubernetesPodIdentity, call: KubernetesCall): Promise<void> {
    const name = `${pod.namespace}/${pod.name}`;
    this.#note(`evict ${name}`, call);
    if (this.pods.get(name)?.metadata?.uid !== pod.uid) throw refusal(404, 'NotFound');
    await this.onEvict(pod, call);
  }
}

function shown(
  name: string,
  { unschedulable, ready = true, bootID, taints }: NodeInit,
): KubernetesNode {
  return {
    metadata: { name },
    spec: { unschedulable, taints },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      nodeInfo: { bootID },
    },
  };
}
