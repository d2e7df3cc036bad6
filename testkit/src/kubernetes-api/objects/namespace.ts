import type { Kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { type KubeObject, kubeTime } from './object.js';

/** The namespaces that every cluster has. */
const builtIn = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** The namespaces of every cluster, and those that something is in. */
export function namespaceObjects(kubernetes: Kubernetes): readonly KubeObject[] {
  const { cluster, workloads, budgets, pods } = kubernetes;
  const used = [...workloads.values(), ...budgets.values(), ...pods.all()];
  const first = kubernetes.list()[0]?.createdAt ?? cluster.clock.now();
  return [...new Set([...builtIn, ...used.map(({ namespace }) => namespace)])]
    .sort()
    .map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        uid: cluster.random.fork(`namespace/${name}`).uuid(),
        creationTimestamp: kubeTime(first),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    }));
}
