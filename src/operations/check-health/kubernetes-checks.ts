import {
  BootstrapManifestsConfig,
  type BootstrapManifestsConfigSpec,
  NodeStatus,
  StaticPodStatus,
} from '../../../generated/cosi/kinds/k8s.js';
import { cosi } from '../../cosi/cosi.js';
import type { JsonValue } from '../../cosi/spec/shape.js';
import type { CallOptions } from '../../runtime/call-options.js';
import { isReady, isSchedulable } from '../draining/node.js';
import type { KubernetesApi, KubernetesNode, KubernetesPod } from '../kubernetes/api.js';
import {
  controlPlanes,
  type HealthCall,
  type HealthCheck,
  type HealthNode,
  type HealthSubject,
  type NodeHealth,
  onEach,
  SkippedCheck,
} from './check.js';

const SYSTEM = 'kube-system';
const STATIC_PODS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** A node as Kubernetes has it; absent when it has none. */
interface SeenNode {
  readonly isReady: boolean;
  readonly isSchedulable: boolean;
}

export const kubernetesNodes: HealthCheck = {
  name: 'kubernetes nodes',
  usesKubernetes: true,
  what: 'all nodes to be in Kubernetes',
  look: (subject, call) => eachSeen(subject, call, () => undefined),
};

export const nodesReady: HealthCheck = {
  name: 'nodes ready',
  usesKubernetes: true,
  what: 'all nodes to be ready in Kubernetes',
  async look(subject, call) {
    skipWithoutNetwork(await manifests(subject, call));
    return eachSeen(subject, call, (seen) => (seen.isReady ? undefined : 'it is not ready'));
  },
};

export const schedulable: HealthCheck = {
  name: 'schedulable',
  usesKubernetes: true,
  what: 'all nodes to be schedulable',
  look: (subject, call) =>
    eachSeen(subject, call, (seen) => (seen.isSchedulable ? undefined : 'it is cordoned')),
};

export const staticPods: HealthCheck = {
  name: 'static pods',
  what: 'the static pods of all control planes to run',
  look: (subject, call) =>
    eachStaticPod(subject, call, (status) => {
      const { phase } = status;
      return phase === 'Running' ? undefined : `is ${String(phase ?? 'not there')}`;
    }),
};

export const controlPlaneReady: HealthCheck = {
  name: 'control plane',
  what: 'the components of all control planes to be ready',
  look: (subject, call) =>
    eachStaticPod(subject, call, (status) => (isPodReady(status) ? undefined : 'is not ready')),
};

export const kubeProxy: HealthCheck = {
  name: 'kube-proxy',
  usesKubernetes: true,
  what: 'kube-proxy to be ready',
  async look(subject, call) {
    const settings = await manifests(subject, call);
    if (settings?.proxyEnabled === false) throw new SkippedCheck('kube-proxy is switched off');
    const pods = await podsOf(subject, 'k8s-app=kube-proxy', call);
    if (pods.length === 0) throw new SkippedCheck('there is no kube-proxy');
    return podHealth(pods);
  },
};

export const coreDns: HealthCheck = {
  name: 'coredns',
  usesKubernetes: true,
  what: 'CoreDNS to be ready',
  async look(subject, call) {
    const settings = await manifests(subject, call);
    skipWithoutNetwork(settings);
    if (settings?.coreDnsEnabled === false) throw new SkippedCheck('CoreDNS is switched off');
    const pods = await podsOf(subject, 'k8s-app=kube-dns', call);
    if (pods.length === 0) return [{ node: undefined, problem: 'there are no pods of CoreDNS' }];
    return podHealth(pods);
  },
};

/** What Talos brings into Kubernetes, as the first control plane that answers says. */
async function manifests(
  subject: HealthSubject,
  { signal, timeoutMs }: HealthCall,
): Promise<BootstrapManifestsConfigSpec | undefined> {
  for (const { target } of controlPlanes(subject)) {
    try {
      const options = { signal, timeoutMs };
      const found = await cosi(target).find(BootstrapManifestsConfig, undefined, options);
      if (found !== undefined) return found.spec;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

/** Without a network, no node gets ready, and pods that need it do not start. */
function skipWithoutNetwork(settings: BootstrapManifestsConfigSpec | undefined): void {
  if (settings?.cniName === 'none') throw new SkippedCheck('the CNI is none');
}

/**
 * Judges each node as Kubernetes has it: by its API, or by what nodes say that Kubernetes has of them,
 * where the client may not use the API.
 */
async function eachSeen(
  subject: HealthSubject,
  call: HealthCall,
  judge: (seen: SeenNode) => string | undefined,
): Promise<readonly NodeHealth[]> {
  const { nodes, kubernetes } = subject;
  const problemOf = (seen: SeenNode | undefined): string | undefined =>
    seen === undefined ? 'Kubernetes does not know it' : judge(seen);
  if (typeof kubernetes === 'string') {
    return onEach(nodes, call, async (node, options) => problemOf(await ownStatus(node, options)));
  }
  const all = await kubernetes.listNodes(call);
  return nodes.map((node) => ({ node: node.address, problem: problemOf(seenIn(all, node)) }));
}

async function ownStatus(
  { target }: HealthNode,
  options: CallOptions,
): Promise<SeenNode | undefined> {
  const [status] = await cosi(target).list(NodeStatus, options);
  if (status === undefined) return undefined;
  return { isReady: status.spec.nodeReady, isSchedulable: !status.spec.unschedulable };
}

function seenIn(all: readonly KubernetesNode[], { addresses }: HealthNode): SeenNode | undefined {
  const found = all.find(({ status }) =>
    status?.addresses?.some(({ type, address }) => {
      return type === 'InternalIP' && addresses.includes(address);
    }),
  );
  if (found === undefined) return undefined;
  return { isReady: isReady(found), isSchedulable: isSchedulable(found) };
}

/** Judges the static pods of each control plane by what its kubelet says of them. */
function eachStaticPod(
  subject: HealthSubject,
  call: HealthCall,
  judge: (status: StaticStatus) => string | undefined,
): Promise<readonly NodeHealth[]> {
  return onEach(controlPlanes(subject), call, async ({ target }, options) => {
    const pods = await cosi(target).list(StaticPodStatus, options);
    const problems = STATIC_PODS.flatMap((name) => {
      const pod = pods.find(({ metadata }) => metadata.id.startsWith(`${SYSTEM}/${name}-`));
      const problem = judge((pod?.spec ?? {}) as StaticStatus);
      return problem === undefined ? [] : [`${name} ${problem}`];
    });
    return problems.length === 0 ? undefined : problems.join(', ');
  });
}

interface StaticStatus {
  readonly phase?: JsonValue;
  readonly conditions?: JsonValue;
}

function isPodReady({ conditions }: { readonly conditions?: unknown }): boolean {
  const list = Array.isArray(conditions) ? conditions : [];
  return list.some((condition) => condition?.type === 'Ready' && condition.status === 'True');
}

function podsOf(
  { kubernetes }: HealthSubject,
  labelSelector: string,
  call: HealthCall,
): Promise<readonly KubernetesPod[]> {
  return apiOf(kubernetes).listPods({ namespace: SYSTEM, labelSelector }, call);
}

function apiOf(kubernetes: KubernetesApi | string): KubernetesApi {
  if (typeof kubernetes === 'string') throw new SkippedCheck(kubernetes);
  return kubernetes;
}

function podHealth(pods: readonly KubernetesPod[]): readonly NodeHealth[] {
  const waiting = pods.filter(({ status }) => !isPodReady(status ?? {}));
  if (waiting.length === 0) return [{ node: undefined, problem: undefined }];
  const names = waiting.map(({ metadata }) => metadata?.name).join(', ');
  return [{ node: undefined, problem: `not ready: ${names}` }];
}
