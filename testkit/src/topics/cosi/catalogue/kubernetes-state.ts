import type { Machine } from '../../../base/machine.js';
import { pods } from '../../kubernetes/pods.js';

/** The topics that decide whether a node's part of the pod network is there. */
export const podNetworkTopics = ['machine', 'pods'] as const;

/** Whether a node's part of the pod network is there. */
export function hasPodNetwork(machine: Machine): boolean {
  return machine.type !== undefined && machine.state(pods).isReady('kube-flannel-');
}
