import type { Machine } from '../../base/machine.js';
import type { Pod } from '../kubernetes/pods.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import type { NodeContainer, NodePod } from './container.js';

/** Containers that use the network of the node: all but those that only serve other pods. */
const ownNetwork: ReadonlySet<string> = new Set(['coredns']);

/** Containers that prepare a pod and then end, by the container they do that for. */
const preparing: Readonly<Record<string, readonly string[]>> = {
  'kube-flannel': ['install-config'],
};

/** A pod with all its containers, as they were when it started. */
export function podContainers(machine: Machine, pod: Pod): NodePod {
  const { startedAt } = pod;
  const random = machine.random.fork(`pod/${pod.uid}`);
  const [main] = pod.containers;
  const before = preparing[main?.name ?? ''] ?? [];
  const common = { startedAt, restarts: 0 };
  return {
    name: `${pod.namespace}/${pod.name}`,
    uid: pod.uid,
    networkNamespace: ownNetwork.has(main?.name ?? '') ? `cni-${random.uuid()}` : undefined,
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
