import { X509Certificate } from 'node:crypto';
import {
  type MachineConfig,
  MachineConfigError,
  parseMachineConfig,
  type V1Alpha1Config,
  validateMachineConfig,
} from 'talos-client/machine-config';
import type { Root } from 'talos-client/pki';
import type { MachineType } from '../../base/machine.js';
import type { TrustInit } from '../../base/pki/trust.js';
import { supports } from '../../base/versions.js';
import type { InstallWish } from '../system/installation.js';
import { ConfigProblem } from './problem.js';

/** A taint that a configuration asks for. */
export interface NodeTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}

/** What a complete configuration makes of a machine. */
export interface NodeFacts {
  readonly type: MachineType;
  readonly trust: TrustInit;
  /** What workers show to trustd. */
  readonly token: string;
  readonly clusterName: string;
  /** Where the Kubernetes API is reached, as `https://10.5.0.2:6443`. */
  readonly endpoint: string;
  /** The CA of Kubernetes with its key; control planes have it. */
  readonly kubernetesCa: Root | undefined;
  /** The labels and taints that its kubelet asks for. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly nodeTaints: readonly NodeTaint[];
  /** Whether it has a CA for etcd. */
  readonly etcdCa: boolean;
  /** What to install, if anything. */
  readonly install: InstallWish | undefined;
}

/** A machine configuration that was found good, and what it makes of a node. */
export interface NodeConfig {
  readonly config: MachineConfig;
  /** All documents, as they came. */
  readonly text: string;
  /** Absent while the main document is: then the node stays in maintenance. */
  readonly node: NodeFacts | undefined;
  /** The host name it asks for. */
  readonly hostname: string | undefined;
  /** Remarks for people. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks a machine configuration.
 *
 * @throws {ConfigProblem} when a node of the release would refuse it.
 */
export function readConfig(text: string, talosVersion: string): NodeConfig {
  return checkConfig(parseConfig(text, talosVersion), talosVersion);
}

/**
 * Reads a machine configuration.
 *
 * @throws {ConfigProblem} when a node of the release could not read it.
 */
export function parseConfig(text: string, talosVersion: string): MachineConfig {
  try {
    return parseMachineConfig(text, { talos: knownRelease(talosVersion) });
  } catch (cause) {
    if (!(cause instanceof MachineConfigError)) throw cause;
    throw new ConfigProblem('load', cause.message, { cause });
  }
}

/**
 * Checks a machine configuration.
 *
 * @throws {ConfigProblem} when a node of the release would not take it.
 */
export function checkConfig(config: MachineConfig, talosVersion: string): NodeConfig {
  const { errors, warnings } = validateMachineConfig(config, {
    mode: 'metal',
    talos: knownRelease(talosVersion),
    onMachine: true,
  });
  const problems = [...grouped(errors), ...trustProblems(config)];
  if (problems.length > 0) throw new ConfigProblem('validation', multierror(problems));
  return nodeConfig(config, warnings);
}

/** The release, or the oldest one whose documents are known key by key. */
function knownRelease(talosVersion: string): string {
  return supports(talosVersion, '1.9') ? talosVersion : 'v1.9';
}

/** Talos finds out when it uses them; a simulated node would have nothing to use. */
function trustProblems({ v1alpha1 }: MachineConfig): readonly string[] {
  const { ca, acceptedCAs = [] } = v1alpha1?.machine ?? {};
  return [ca, ...acceptedCAs].flatMap((one, index) => {
    const path = index === 0 ? 'machine.ca' : `machine.acceptedCAs[${index - 1}]`;
    const { crt = '' } = one ?? {};
    return crt === '' || isCertificate(crt) ? [] : [`${path}.crt is no certificate`];
  });
}

function isCertificate(base64: string): boolean {
  try {
    new X509Certificate(Buffer.from(base64, 'base64'));
    return true;
  } catch {
    return false;
  }
}

/** The errors with those of the main document as one. */
function grouped(errors: readonly string[]): readonly string[] {
  const prefix = 'v1alpha1.Config: ';
  const own = errors.filter((error) => error.startsWith(prefix));
  if (own.length === 0) return errors;
  const others = errors.filter((error) => !error.startsWith(prefix));
  return [`${prefix}${multierror(own.map((error) => error.slice(prefix.length)))}`, ...others];
}

/** Several errors as one, in the form that Go programs print them. */
function multierror(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
  return `${count} occurred:\n${problems.map((problem) => `\t* ${problem}`).join('\n')}\n\n`;
}

/** What a configuration makes of a node. */
export function nodeConfig(config: MachineConfig, warnings: readonly string[] = []): NodeConfig {
  let text: string | undefined;
  return {
    config,
    get text() {
      text ??= config.toString();
      return text;
    },
    node: config.v1alpha1 && nodeFacts(config.v1alpha1, config),
    hostname: config.get('HostnameConfig')?.hostname ?? config.v1alpha1?.machine?.network?.hostname,
    warnings,
  };
}

function nodeFacts({ machine = {}, cluster = {} }: V1Alpha1Config, config: MachineConfig) {
  const kube = config.get('KubeClusterConfig');
  const ca = rootOf(machine.ca);
  const accepted = (machine.acceptedCAs ?? []).flatMap((one) => rootOf(one)?.cert ?? []);
  const [first = '', ...others] = [...(ca === undefined ? [] : [ca.cert]), ...accepted];
  return {
    type: typeOf(machine.type),
    trust: { cert: first, key: ca?.key, alsoAccepted: others },
    token: machine.token ?? '',
    clusterName: kube?.clusterName ?? cluster.clusterName ?? 'talos',
    endpoint: kube?.endpoint ?? cluster.controlPlane?.endpoint ?? '',
    kubernetesCa: kubernetesCa(cluster, config),
    ...registration(typeOf(machine.type), { machine, cluster }, config),
    etcdCa: (cluster.etcd?.ca?.crt ?? '') !== '',
    install: installOf(machine, config),
  } satisfies NodeFacts;
}

/** The first machine of old clusters had a type of its own. */
function typeOf(type: string | undefined): MachineType {
  return type === 'controlplane' || type === 'init' ? 'controlplane' : 'worker';
}

interface PartialRoot {
  readonly cert: string;
  readonly key: string | undefined;
}

/** A CA in the v1alpha1 document: base64 of PEM. */
function rootOf(
  values: { readonly crt?: string | undefined; readonly key?: string | undefined } | undefined,
): PartialRoot | undefined {
  const { crt = '', key = '' } = values ?? {};
  if (crt === '') return undefined;
  return { cert: decoded(crt), key: key === '' ? undefined : decoded(key) };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function kubernetesCa(
  { ca }: NonNullable<V1Alpha1Config['cluster']>,
  config: MachineConfig,
): Root | undefined {
  const { cert = '', key = '' } = config.get('KubeAPIServerCAConfig')?.issuingCA ?? {};
  if (cert !== '' && key !== '') return { cert, key };
  const old = rootOf(ca);
  return old?.key === undefined ? undefined : { cert: old.cert, key: old.key };
}

function installOf(
  { install }: NonNullable<V1Alpha1Config['machine']>,
  config: MachineConfig,
): NodeFacts['install'] {
  const own = config.get('UnattendedInstallConfig');
  if (own !== undefined) {
    const rule = own.provisioning?.diskSelector?.match ?? '';
    const disk = /disk\.dev_path == "([^"]+)"/.exec(rule)?.[1];
    const image = own.installer?.image ?? '';
    return { disk: disk ?? '', image, unattended: true, reboot: own.reboot ?? image !== '' };
  }
  const { disk = '', image = '' } = install ?? {};
  return disk === '' ? undefined : { disk, image, unattended: false, reboot: true };
}

/** Those of KubeNodeConfig; up to Talos 1.13 those of the main document, and what control planes get. */
function registration(
  type: MachineType,
  { machine = {}, cluster = {} }: V1Alpha1Config,
  config: MachineConfig,
): Pick<NodeFacts, 'nodeLabels' | 'nodeTaints'> {
  const own = config.get('KubeNodeConfig');
  if (own !== undefined) return { nodeLabels: own.labels ?? {}, nodeTaints: taints(own.taints) };
  const { allowSchedulingOnControlPlanes: allowed, allowSchedulingOnMasters: allowedOld } = cluster;
  const reserved = type === 'controlplane' && allowed !== true && allowedOld !== true;
  return {
    nodeLabels: machine.nodeLabels ?? {},
    nodeTaints: [
      ...(reserved ? taints({ 'node-role.kubernetes.io/control-plane': 'NoSchedule' }) : []),
      ...taints(machine.nodeTaints),
    ],
  };
}

/** Taints by their keys: `effect`, or `value:effect`. */
function taints(values: Readonly<Record<string, string>> = {}): readonly NodeTaint[] {
  return Object.entries(values).map(([key, text]) => {
    const [effect = '', value] = text.split(':').reverse();
    return { key, value, effect };
  });
}
