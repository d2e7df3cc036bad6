import type { ClusterMethods } from 'talos-client/cluster';
import { healthProgress } from '../health/progress.js';
import { cutTarGz, kubeconfig } from '../machine/kubernetes/kubeconfig.js';
import type { HandlersOf } from '../rpc.js';

/** The health of the cluster, and access to its Kubernetes. */
export const clusterHandlers: HandlersOf<ClusterMethods> = {
  async *healthCheck(ctx, request) {
    for await (const message of healthProgress(ctx, request)) yield { message };
  },

  async *kubeconfig({ machine, clock }) {
    yield cutTarGz('kubeconfig', await kubeconfig(machine), clock.now());
  },
};
