import type { Machine } from '../../base/machine.js';
import type { Pod, PodProcess } from '../kubernetes/pod.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import type { NodeContainer, NodePod } from './container.js';

/** Containers that prepare a pod and then end, by the container they do that for. */
const preparing: Readonly<Record<string, readonly string[]>> = {
  'kube-flannel': ['install-config'],
};

/** A pod with all its containers. */
export function podContainers(machine: Machine, pod: Pod): NodePod {
  const { container, sandbox } = pod;
  const random = machine.random.fork(`pod/${sandbox.id}`);
  const { startedAt, restarts } = sandbox;
  return {
    name: `${pod.namespace}/${pod.name}`,
    uid: pod.uid,
    address: pod.ip,
    networkNamespace: pod.hostNetwork ? undefined : `cni-${random.uuid()}`,
    sandbox: shown(sandbox, '', kubernetesImages(machine.talosVersion).pause),
    containers: [
      ...(preparing[container.name] ?? []).map((name): NodeContainer => {
        const internalId = random.fork(name).hex(64);
        return { internalId, name, image: container.image, pid: 0, startedAt, restarts };
      }),
      shown(container, container.name, container.image),
    ],
  };
}

function shown({ id, ...process }: PodProcess, name: string, image: string): NodeContainer {
  const { pid, startedAt, restarts } = process;
  return { internalId: id, name, image, pid, startedAt, restarts };
}
