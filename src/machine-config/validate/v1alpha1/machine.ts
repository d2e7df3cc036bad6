import type {
  V1Alpha1Config,
  V1Alpha1MachineConfig,
} from '../../../../generated/machine-config/index.js';
import { smallestKubeSpanMtu } from '../network.js';
import { type Reporter, within } from '../reporter.js';
import { isSubnetOrAddress, prefixTrouble, quote } from '../words.js';
import { checkCluster, checkCni } from './cluster.js';
import { checkDevices } from './devices.js';
import { checkAnnotations, checkLabels, checkTaints } from './labels.js';
import {
  checkDisks,
  checkEncryption,
  checkExtensions,
  checkKubelet,
  checkLogging,
  checkRuntimeSpec,
} from './machine-parts.js';

/** What the validation of the old document has to know of the others, and of the machine. */
export interface V1Alpha1Surroundings {
  /** The mode of the machine wants an installation: `metal`. */
  readonly installMode: string | undefined;
  /** Another document says how to install, or the release needs none that does. */
  readonly hasInstall: boolean;
  /** Another document names the endpoint of the cluster. */
  readonly hasEndpoint: boolean;
}

const roles = [
  'os:admin',
  'os:operator',
  'os:reader',
  'os:etcd:backup',
  'os:image:verifier',
  'os:meta:writer',
  'os:impersonator',
];

const modernTypes: Readonly<Record<string, string>> = {
  init: 'init',
  controlplane: 'controlplane',
  worker: 'worker',
  join: 'worker',
  '': 'worker',
};

/** The type that Talos takes a machine for; `undefined` for one that it does not know. */
export function machineTypeOf({ machine }: V1Alpha1Config): string | undefined {
  return modernTypes[machine?.type ?? ''];
}

/** Whether a configuration is one of a control plane. */
export function isControlPlane(config: V1Alpha1Config): boolean {
  return ['init', 'controlplane'].includes(machineTypeOf(config) ?? '');
}

/** The document that states no kind. */
export function checkV1Alpha1(
  config: V1Alpha1Config,
  surroundings: V1Alpha1Surroundings,
  report: Reporter,
): void {
  const { machine } = config;
  if (machine === undefined) {
    report.error('machine instructions are required');
    return;
  }
  const { hasEndpoint } = surroundings;
  checkCluster(config.cluster, { isControlPlane: isControlPlane(config), hasEndpoint }, report);
  checkInstall(machine, surroundings, report);
  const { hostDNS } = machine.features ?? {};
  if (hostDNS?.forwardKubeDNSToHost === true && hostDNS.enabled !== true) {
    report.error(
      'feature hostDNS.forwardKubeDNSToHost requires hostDNS.enabled to be true (.machine.features.hostDNS)',
    );
  }
  const type = machineTypeOf(config);
  if (type !== undefined && type !== (machine.type ?? '')) {
    report.warn(`use ${quote(type)} instead of ${quote(machine.type ?? '')} for machine type`);
  }
  if (machine.ca === undefined && (machine.acceptedCAs ?? []).length === 0) {
    report.error('issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)');
  }
  if (type === 'worker') checkWorker(config, machine, report);
  else if (type === undefined) report.error(`unknown machine type ${quote(machine.type ?? '')}`);
  else checkControlPlane(config, machine, report);
  checkNetwork(machine, report);
  checkDisks(machine, report);
  if (machine.kubelet !== undefined) checkKubelet(machine.kubelet, report);
  checkEncryption(machine, report);
  checkKubeSpan(config, machine, report);
  if (machine.logging !== undefined) checkLogging(machine.logging, report);
  checkExtensions(machine.install, report);
  if ((machine.files ?? []).length > 0) {
    report.warn('.machine.files is deprecated; use dedicated configuration documents instead');
  }
  checkLabels(machine.nodeLabels ?? {}, within(report, 'invalid machine node labels'));
  const annotations = within(report, 'invalid machine node annotations');
  checkAnnotations(machine.nodeAnnotations ?? {}, annotations);
  checkTaints(machine.nodeTaints ?? {}, within(report, 'invalid machine node taints'));
  checkFeatures(config, machine, report);
  if (config.persist === false) report.error('.persist should be enabled');
  checkRuntimeSpec(machine, report);
}

function checkInstall(
  { install }: V1Alpha1MachineConfig,
  { installMode, hasInstall }: V1Alpha1Surroundings,
  report: Reporter,
): void {
  if (installMode === undefined) return;
  if (install === undefined) {
    if (!hasInstall) {
      report.error(`install instructions are required in ${quote(installMode)} mode`);
    }
    return;
  }
  const diskType = install.diskSelector?.type ?? '';
  const isKnownType = ['', 'ssd', 'hdd', 'nvme', 'sd'].includes(diskType);
  if (!isKnownType) {
    report.error(`install disk selector is invalid: unsupported disk type ${quote(diskType)}`);
  }
  const matches = isKnownType && Object.values(install.diskSelector ?? {}).some(Boolean);
  if (!install.disk && !matches) {
    report.error('either install disk or diskSelector should be defined');
  }
  if ((install.extraKernelArgs ?? []).length > 0 && install.grubUseUKICmdline === true) {
    report.error("install.extraKernelArgs and install.grubUseUKICmdline can't be used together");
  }
}

function checkControlPlane(
  { cluster }: V1Alpha1Config,
  { ca }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  if (cluster?.network !== undefined) {
    checkCni(cluster.network.cni ?? { name: 'flannel' }, report);
  }
  if (ca === undefined) report.error('issuing CA is required (.machine.ca)');
  else if (!ca.key) {
    report.error('issuing CA key is required for controlplane nodes (.machine.ca.key)');
  }
}

function checkWorker(
  { cluster }: V1Alpha1Config,
  { ca, acceptedCAs = [], network }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  const noVip = 'virtual (shared) IP is not allowed on non-controlplane nodes';
  for (const { vip, vlans = [] } of network?.interfaces ?? []) {
    if (vip !== undefined) report.error(noVip);
    for (const vlan of vlans) if (vlan.vip !== undefined) report.error(noVip);
  }
  if (ca?.key) {
    report.error('issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)');
  }
  if (ca !== undefined && !ca.crt && acceptedCAs.length === 0) {
    report.error(
      'trusted CA certificates are required on non-controlplane nodes (.machine.ca.crt, .machine.acceptedCAs)',
    );
  }
  if (cluster?.ca?.key) {
    report.error(
      'issuing Kubernetes API CA key is not allowed on non-controlplane nodes (.cluster.ca)',
    );
  }
}

function checkNetwork({ network }: V1Alpha1MachineConfig, report: Reporter): void {
  if (network === undefined) return;
  checkDevices(network, report);
  const { kubespan } = network;
  if (kubespan?.enabled === true && kubespan.mtu && kubespan.mtu < smallestKubeSpanMtu) {
    report.error(`kubespan link MTU must be at least ${smallestKubeSpanMtu}`);
  }
}

function checkKubeSpan(
  { cluster }: V1Alpha1Config,
  { network }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  const kubespan = network?.kubespan;
  if (kubespan?.enabled !== true) return;
  const needs = 'when .machine.network.kubespan is enabled';
  if (cluster?.discovery?.enabled !== true) {
    report.error(`.cluster.discovery should be enabled ${needs}`);
  }
  if (!cluster?.id) report.error(`.cluster.id should be set ${needs}`);
  if (!cluster?.secret) report.error(`.cluster.secret should be set ${needs}`);
  for (const endpoint of kubespan.filters?.endpoints ?? []) {
    const text = endpoint.replace(/^!/, '');
    if (!isSubnetOrAddress(text)) {
      report.error(`KubeSpan endpoint filter is not valid: ${quote(text)}`);
    }
  }
  for (const prefix of kubespan.filters?.excludeAdvertisedNetworks ?? []) {
    if (prefixTrouble(prefix) !== undefined) {
      report.error(`KubeSpan exclude advertised networks filter is not valid: ${quote(prefix)}`);
    }
  }
}

function checkFeatures(
  config: V1Alpha1Config,
  { features }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  const access = features?.kubernetesTalosAPIAccess;
  if (access?.enabled === true) {
    if (!isControlPlane(config)) {
      report.error(
        'feature Kubernetes Talos API Access can only be enabled on control plane machines',
      );
    }
    for (const role of access.allowedRoles ?? []) {
      if (!roles.includes(role)) {
        report.error(
          `invalid role ${quote(role)} in allowed roles for Kubernetes Talos API Access`,
        );
      }
    }
  }
  const algorithm = features?.nodeAddressSortAlgorithm;
  if (algorithm && !['v1', 'v2'].includes(algorithm.toLowerCase())) {
    report.error(
      `invalid node address sort algorithm: ${algorithm} does not belong to AddressSortAlgorithm values`,
    );
  }
}
