import type { Machine } from '../../base/machine.js';
import { kubernetesImages } from './versions.js';

/** A pod that is to run on a node. */
export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly image: string;
  readonly isStatic: boolean;
}

const NAMESPACE = 'kube-system';

/** The pods that a node is to run: of the control plane, of each node, and CoreDNS on two. */
export function podPlans(machine: Machine): readonly PodPlan[] {
  const images = kubernetesImages(machine.talosVersion);
  const random = machine.random.fork('pod names');
  const suffix = () => Array.from({ length: 5 }, () => random.pick([...LETTERS])).join('');
  const plan = (name: string, container: string, image: string, isStatic = false): PodPlan => ({
    namespace: NAMESPACE,
    name,
    container,
    image,
    isStatic,
  });
  const own = (['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const).map(
    (name) => plan(`${name}-${machine.name}`, name, images[name], true),
  );
  const everywhere = [
    plan(`kube-flannel-${suffix()}`, 'kube-flannel', images.flannel),
    plan(`kube-proxy-${suffix()}`, 'kube-proxy', images['kube-proxy']),
  ];
  const replicaSet = machine.cluster.random.fork('coredns').hex(10);
  const dns = plan(`coredns-${replicaSet}-${suffix()}`, 'coredns', images.coredns);
  return [
    ...(machine.type === 'controlplane' ? own : []),
    ...everywhere,
    ...(machine.index < 2 ? [dns] : []),
  ];
}

/** What Kubernetes makes random names of: nothing that could spell a word. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
