import type { KubernetesApi } from '../../operations/kubernetes/api.js';
import { callback } from '../../runtime/arguments/kinds.js';
import type { Shape } from '../../runtime/arguments/options.js';
import type { TalosClient } from '../../runtime/talos-client.js';

/**
 * Gives a client of a cluster. Called inside steps, in the process that runs them, so that credentials
 * are read there and never remembered. The client is closed when the flow is done with the cluster.
 *
 * @param context the name of the cluster in the input of the flow, such as a context of a talosconfig
 */
export type ConnectCluster = (context: string) => TalosClient | Promise<TalosClient>;

/** How flows over fleets reach clusters. */
export interface FleetFlowOptions {
  /** Gives a client of a cluster, such as `async (context) => createTalosClient(await loadTalosconfig({ context }))`. */
  readonly connect: ConnectCluster;
  /**
   * Gives a client of the Kubernetes API of a cluster. It is not closed. Default: one with a kubeconfig
   * that a control plane makes, which needs `os:admin`.
   */
  readonly kubernetes?: ((context: string) => KubernetesApi | Promise<KubernetesApi>) | undefined;
}

export const fleetFlowShape: Shape<FleetFlowOptions> = { connect: callback, kubernetes: callback };
