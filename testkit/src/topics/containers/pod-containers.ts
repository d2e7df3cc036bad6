import type { Machine } from '../../base/machine.js';
import type { Pod } from '../kubernetes/pod.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import type { NodeContainer, NodePod } from './container.js';

/** Containers that prepare a pod and then end, by the container they do that for. */
const preparing: Readonly<Record<string, readonly string[]>> = {
  'kube-flannel': ['install-config'],
};

/** A pod with all its containers, as they were when it started. */
export function podContainers(machine: Machine, pod: Pod): NodePod {
  const { startedAt, restarts } = pod;
  const random = machine.random.fork(`pod/${pod.sandboxId}`);
  const [main] = pod.containers;
  const before = preparing[main?.name ?? ''] ?? [];
  const common = { startedAt, restarts };
  return {
    name: `${pod.namespace}/${pod.name}`,
    uid: pod.uid,
    address: pod.ip,
    networkNamespace: pod.hostNetwork ? undefined : `cni-${random.uuid()}`,
    sandbox: {
      ...common,
      internalId: pod.sandboxId,
      name: '',
      image: kubernetesImages(machine.talosVersion).pause,
      // Started a little before the others.
      pid: (main?.pid ?? 0) - 20,
    },
    containers: [
      ...before.map(
        (name): NodeContainer => ({
          ...common,
          internalId: random.fork(name).hex(64),
          name,
          image: main?.image ?? '',
          pid: 0,
        }),
      ),
      ...pod.containers.map(
        ({ name, image, id, pid }): NodeContainer => ({
          ...common,
          internalId: id,
          name,
          image,
          pid,
        }),
      ),
    ],
  };
}
