import type { SecretsBundle } from '../secrets/bundle.js';

/** What the configurations of a cluster are to say: every input of `talosctl gen config`. */
export interface GenerateOptions {
  readonly clusterName: string;
  /** Where the Kubernetes API is reached: an https URL such as `https://10.5.0.2:6443`. */
  readonly endpoint: string;
  /**
   * The release of Talos that the cluster is made with, as `v1.14.0` or `v1.14`: its contract. It
   * stays when machines are upgraded later; see `findLosses`.
   */
  readonly talos: string;
  /**
   * The release of Kubernetes, such as `v1.36.0`. False for machines that run neither Kubernetes nor
   * etcd, from contract 1.14 on.
   */
  readonly kubernetes: string | false;
  /** The secrets of the cluster. */
  readonly secrets: SecretsBundle;
  /**
   * The disk to install Talos on; false to leave the installation to others. Default: `/dev/sda`.
   */
  readonly installDisk?: string | false | undefined;
  /** The installer. Default: that of `talos`, which then has to be a whole release. */
  readonly installImage?: string | undefined;
  /**
   * Arguments for the kernel. From contract 1.14 on there is no place for them, and in 1.12 and 1.13
   * Talos refuses them beside what it generates itself: a warning says so.
   */
  readonly installExtraKernelArgs?: readonly string[] | undefined;
  /** More names and addresses of the Talos API and the Kubernetes API, for their certificates. */
  readonly additionalSans?: readonly string[] | undefined;
  /** Default: `cluster.local`. */
  readonly dnsDomain?: string | undefined;
  /** Default: `10.244.0.0/16`. */
  readonly podSubnets?: readonly string[] | undefined;
  /** Default: `10.96.0.0/12`. */
  readonly serviceSubnets?: readonly string[] | undefined;
  /** Registries by host, and the URLs of their mirrors. */
  readonly registryMirrors?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Registries by host, and the authorities of their certificates as PEM text. */
  readonly registryCas?: Readonly<Record<string, string>> | undefined;
  /** Hosts of registries whose certificates are not checked. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Whether machines find each other through the discovery service. Default: true. */
  readonly discovery?: boolean | undefined;
  /** Whether machines talk through a WireGuard mesh. Default: nothing is said, which means no. */
  readonly kubespan?: boolean | undefined;
  /** Whether control planes run workloads too. Default: false. */
  readonly allowSchedulingOnControlPlanes?: boolean | undefined;
  /** Where the API server listens on control planes. Default: nothing is said, which means 6443. */
  readonly localApiServerPort?: number | undefined;
  /**
   * Where each machine offers the Kubernetes API to itself; 0 for nowhere. Default: 7445, from
   * contract 1.6 on.
   */
  readonly kubePrismPort?: number | undefined;
  readonly sysctls?: Readonly<Record<string, string>> | undefined;
  /** The URL of a manifest with a network of your own. Default: Flannel. */
  readonly cniManifest?: string | undefined;
  /** Whether services log verbosely. Default: false. */
  readonly debug?: boolean | undefined;
}
