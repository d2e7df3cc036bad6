import { supports } from '../../base/versions.js';
import { etcdVersion } from '../etcd/versions.js';

/** The images that a release of Talos runs Kubernetes from. */
export interface KubernetesImages {
  readonly 'kube-apiserver': string;
  readonly 'kube-controller-manager': string;
  readonly 'kube-scheduler': string;
  readonly 'kube-proxy': string;
  readonly kubelet: string;
  readonly coredns: string;
  readonly flannel: string;
  readonly etcd: string;
  readonly pause: string;
}

/** The release of Kubernetes that a release of Talos comes with, such as `v1.36.0`. */
export function kubernetesVersion(talosVersion: string): string {
  const minor = Number(/^v?1\.(\d+)/.exec(talosVersion)?.[1] ?? 14);
  return `v1.${minor + 22 + (supports(talosVersion, '1.6') ? 1 : 0)}.0`;
}

/** The images by what they are. */
export function kubernetesImages(talosVersion: string): KubernetesImages {
  const version = kubernetesVersion(talosVersion);
  const registry = 'registry.k8s.io';
  return {
    'kube-apiserver': `${registry}/kube-apiserver:${version}`,
    'kube-controller-manager': `${registry}/kube-controller-manager:${version}`,
    'kube-scheduler': `${registry}/kube-scheduler:${version}`,
    'kube-proxy': `${registry}/kube-proxy:${version}`,
    kubelet: `ghcr.io/siderolabs/kubelet:${version}`,
    coredns: `${registry}/coredns/coredns:v1.13.1`,
    flannel: 'ghcr.io/siderolabs/flannel:v0.27.4',
    etcd: `${registry}/etcd:v${etcdVersion(talosVersion)}`,
    pause: `${registry}/pause:3.10`,
  };
}
