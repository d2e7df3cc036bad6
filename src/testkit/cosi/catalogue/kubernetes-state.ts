import type { Machine } from '../../machine/machine.js';

/** Whether a node's kubelet and its pods are up. */
export function runsKubernetes({ stage, type }: Machine): boolean {
  return type !== undefined && stage === 'RUNNING';
}
