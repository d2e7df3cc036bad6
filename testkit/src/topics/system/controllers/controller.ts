/**
 * What a controller of Talos reads and writes. Outputs are types; inputs are `namespace/type`, with
 * the id behind it when it looks at one resource only.
 */
export interface Controller {
  readonly name: string;
  /** Types that it alone writes. */
  readonly exclusive?: readonly string[];
  /** Types that others write, too. */
  readonly shared?: readonly string[];
  /** Resources that it holds with finalizers. */
  readonly strong?: readonly string[];
  /** Resources that it only looks at. */
  readonly weak?: readonly string[];
  /** Resources that it removes once nobody holds them. */
  readonly destroyReady?: readonly string[];
}

export const CONFIG = 'config/MachineConfigs.config.talos.dev/v1alpha1';
export const HOSTNAME = 'network/HostnameStatuses.net.talos.dev/hostname';
export const NODENAME = 'k8s/Nodenames.kubernetes.talos.dev/nodename';
export const IDENTITY = 'cluster/Identities.cluster.talos.dev/local';
export const MACHINE_TYPE = 'config/MachineTypes.config.talos.dev/machine-type';
