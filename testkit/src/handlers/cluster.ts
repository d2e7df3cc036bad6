import type { ClusterMethods } from 'talos-client/cluster';
import type { HandlersOf } from '../base/calls/rpc.js';
import { cutTarGz, kubeconfig } from '../topics/kubernetes/kubeconfig.js';
import { healthProgress } from './health/progress.js';

/** The health of the cluster, and access to its Kubernetes. */
export const clusterHandlers: HandlersOf<ClusterMethods> = {
  async *healthCheck(ctx, request) {
    for await (const message of healthProgress(ctx, request)) yield { message };
  },

  async *kubeconfig({ machine, clock }) {
    yield cutTarGz('kubeconfig', kubeconfig(machine), clock.now());
  },
};
