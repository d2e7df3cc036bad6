import {
  createMachineConfig,
  generateMachineConfig,
  type MachineConfig,
  type MachineConfigDocument,
} from 'talos-client/machine-config';
import { checkOptions, oneOf, type Shape, text } from 'talos-client/options';
import type { Cluster, MachineType } from '../../base/machine.js';
import { supports } from '../../base/versions.js';
import { kubernetesVersion } from '../kubernetes/versions.js';
import { secrets } from './secrets.js';

/** What a machine configuration is to say. */
export interface ConfigOptions {
  readonly type: MachineType;
  /** Default: none, and the node keeps its name. */
  readonly hostname?: string | undefined;
  /** The disk that Talos is installed on. Default: none, and the node runs from memory. */
  readonly installDisk?: string | undefined;
  /** The installer. Default: that of the cluster's release. */
  readonly installImage?: string | undefined;
  /** The release whose form it has. Default: that of the cluster. */
  readonly talosVersion?: string | undefined;
}

const shape: Shape<ConfigOptions> = {
  type: oneOf('controlplane', 'worker'),
  hostname: text,
  installDisk: text,
  installImage: text,
  talosVersion: text,
};

/** The network of pods and that of services, which every configuration has. */
export const POD_SUBNET = '10.244.0.0/16';
export const SERVICE_SUBNET = '10.96.0.0/12';

/** The newest contract: newer releases take its configurations too. */
const NEWEST = 'v1.14';

/**
 * A machine configuration for a cluster, as `talosctl gen config` makes it: several documents from
 * Talos 1.12 on, one before.
 */
export function generateConfig(cluster: Cluster, options: ConfigOptions): MachineConfig {
  checkOptions(options, shape, 'machineConfig', "{ type: 'worker' }");
  const { type, hostname, installDisk, talosVersion: version = cluster.talosVersion } = options;
  const config = generateMachineConfig(type, {
    clusterName: cluster.name,
    endpoint: cluster.kubernetesEndpoint,
    talos: supports(version, '1.15') ? NEWEST : version,
    kubernetes: kubernetesVersion(version),
    secrets: cluster.state(secrets).bundle,
    installDisk: installDisk ?? false,
    installImage: options.installImage ?? `ghcr.io/siderolabs/installer:${version}`,
    podSubnets: [POD_SUBNET],
    serviceSubnets: [SERVICE_SUBNET],
  });
  if (hostname === undefined) return config;
  const name = config.get('HostnameConfig') === undefined ? namedOld : named;
  return createMachineConfig(config.documents.map((document) => name(document, hostname)));
}

/** The document with a host name, if it is the one that has it. */
function named(document: MachineConfigDocument, hostname: string): MachineConfigDocument {
  return document.kind === 'HostnameConfig'
    ? { apiVersion: 'v1alpha1', kind: 'HostnameConfig', hostname }
    : document;
}

/** The same up to contract 1.11. */
function namedOld(document: MachineConfigDocument, hostname: string): MachineConfigDocument {
  if (document.kind !== undefined) return document;
  const { machine = {} } = document;
  return { ...document, machine: { ...machine, network: { ...machine.network, hostname } } };
}
