import type { Machine } from '../../base/machine.js';
import type { Pod } from './pod.js';
import type { PodTemplate } from './pod-template.js';
import type { Owner } from './workload.js';

/** A pod as the API server has it. */
export interface ClusterPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly template: PodTemplate;
  /** Absent when nobody makes another one once it is gone. */
  readonly owner: Owner | undefined;
  /** Whether it only shows a pod that a node has from its own files. */
  readonly isMirror: boolean;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** The node that it is to run on; absent while there is none that takes it. */
  readonly machine: Machine | undefined;
  /** When it was bound to that node. */
  readonly boundAt: number | undefined;
  /** Set once it is to end: by when, and how long its containers may take. */
  readonly deletion: { readonly at: number; readonly graceSeconds: number } | undefined;
  /** What the kubelet reported last; absent before the pod was started. */
  readonly status: Pod | undefined;
}
