/** The release of Kubernetes that nodes run. */
const KUBERNETES = 'v1.36.2';

/** What nodes run, by component. */
export const images = {
  kubelet: `ghcr.io/siderolabs/kubelet:${KUBERNETES}`,
  etcd: 'registry.k8s.io/etcd:v3.6.8',
  'kube-apiserver': `registry.k8s.io/kube-apiserver:${KUBERNETES}`,
  'kube-controller-manager': `registry.k8s.io/kube-controller-manager:${KUBERNETES}`,
  'kube-scheduler': `registry.k8s.io/kube-scheduler:${KUBERNETES}`,
  'kube-proxy': `registry.k8s.io/kube-proxy:${KUBERNETES}`,
  coredns: 'registry.k8s.io/coredns/coredns:v1.14.2',
  flannel: 'ghcr.io/siderolabs/flannel:v0.28.1',
} as const;
