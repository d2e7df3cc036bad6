import type { HealthCheck } from './check.js';
import { etcd, etcdMembers, etcdNodes } from './etcd-checks.js';
import {
  controlPlaneReady,
  coreDns,
  kubeProxy,
  kubernetesNodes,
  nodesReady,
  schedulable,
  staticPods,
} from './kubernetes-checks.js';
import { apid, boot, diagnostics, disk, kubelet, memory } from './talos-checks.js';

/** All checks, in the order in which they are made. */
export const healthChecks: readonly HealthCheck[] = [
  etcd,
  etcdMembers,
  etcdNodes,
  apid,
  memory,
  disk,
  diagnostics,
  kubelet,
  boot,
  kubernetesNodes,
  staticPods,
  controlPlaneReady,
  nodesReady,
  kubeProxy,
  coreDns,
  schedulable,
];
