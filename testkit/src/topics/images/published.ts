import type { ImageReference } from './reference.js';

/** Images that a registry has from the start. */
interface Publication {
  /** Which repositories. */
  readonly repository: RegExp;
  /** Which tags. Default: those that begin with a version number, as `v1.14.0` or `3.10`. */
  readonly tag?: RegExp;
}

/** What a cluster of Talos pulls by itself or through its API, and some images for debugging. */
const publications: readonly Publication[] = [
  {
    repository:
      /^ghcr\.io\/siderolabs\/(flannel|imager|installer|installer-base|kubelet|talos|talosctl)$/,
  },
  { repository: /^factory\.talos\.dev\/([a-z0-9]+-)?installer(-secureboot)?\/[0-9a-f]{64}$/ },
  {
    repository:
      /^registry\.k8s\.io\/(coredns\/coredns|etcd|kube-(apiserver|controller-manager|proxy|scheduler)|pause)$/,
  },
  { repository: /^(gcr\.io\/etcd-development|quay\.io\/coreos)\/etcd$/ },
  { repository: /^docker\.io\/library\/(alpine|busybox|debian|nginx|ubuntu)$/, tag: /./ },
];

/** Whether a registry of the world has an image. What a digest names is there with its repository. */
export function isPublished({ repository, tag }: ImageReference): boolean {
  return publications.some(
    (publication) =>
      publication.repository.test(repository) &&
      (tag === undefined || (publication.tag ?? /^v?\d/).test(tag)),
  );
}
