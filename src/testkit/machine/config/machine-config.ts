import { X509Certificate } from 'node:crypto';
import type { Root } from '../../pki/index.js';
import type { TrustInit } from '../../trust.js';
import { supports } from '../../versions.js';
import type { MachineType } from '../machine.js';
import {
  type ConfigDocument,
  ConfigProblem,
  MAIN,
  mapping,
  readDocuments,
  textAt,
  type Values,
} from './documents.js';

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
  /** Whether it has a CA for etcd. */
  readonly etcdCa: boolean;
  /** What to install, if anything. */
  readonly install: { readonly disk: string; readonly image: string } | undefined;
}

/** A machine configuration that was found good. */
export interface MachineConfig {
  /** All documents, as they came. */
  readonly text: string;
  readonly documents: readonly ConfigDocument[];
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
export function readConfig(text: string, talosVersion: string): MachineConfig {
  const documents = readDocuments(text, talosVersion);
  const main = documents.find(({ kind }) => kind === MAIN)?.values;
  const problems: string[] = [];
  const hostname = hostnameOf(documents, main, problems);
  const node = main === undefined ? undefined : nodeFacts(main, documents, problems);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
    const list = problems.map((problem) => `\t* ${problem}`).join('\n');
    throw new ConfigProblem('validation', `${count} occurred:\n${list}\n\n`);
  }
  const warnings =
    main !== undefined && 'install' in mapping(main, 'machine') && supports(talosVersion, '1.14')
      ? ['machine.install is deprecated: use a document of kind UnattendedInstallConfig']
      : [];
  return { text, documents, node, hostname, warnings };
}

function hostnameOf(
  documents: readonly ConfigDocument[],
  main: Values | undefined,
  problems: string[],
): string | undefined {
  const own = textAt(valuesOf(documents, 'HostnameConfig'), 'hostname');
  const old = main && textAt(mapping(main, 'machine', 'network'), 'hostname');
  if (own !== undefined && old !== undefined) {
    problems.push('static hostname is already set in v1alpha1 config');
  }
  const hostname = own ?? old;
  if (hostname !== undefined && !/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(hostname)) {
    problems.push(`invalid hostname ${JSON.stringify(hostname)}`);
  }
  return hostname;
}

function nodeFacts(
  main: Values,
  documents: readonly ConfigDocument[],
  problems: string[],
): NodeFacts | undefined {
  const machine = mapping(main, 'machine');
  const cluster = mapping(main, 'cluster');
  const type = typeOf(machine, problems);
  const kube = valuesOf(documents, 'KubeClusterConfig');
  const endpoint = textAt(kube, 'endpoint') ?? textAt(mapping(cluster, 'controlPlane'), 'endpoint');
  if (endpoint === undefined) problems.push('cluster endpoint is required');
  else if (!isHttps(endpoint))
    problems.push(`invalid cluster endpoint ${endpoint}: https is required`);
  const ca = rootAt(mapping(machine, 'ca'), 'machine.ca', problems);
  if (ca === undefined) problems.push('machine.ca.crt is required');
  if (type === 'controlplane' && ca !== undefined && ca.key === undefined) {
    problems.push('machine.ca.key is required on control plane nodes');
  }
  if (type === undefined || ca === undefined || endpoint === undefined) return undefined;
  return {
    type,
    trust: { cert: ca.cert, key: ca.key, alsoAccepted: acceptedCas(machine, problems) },
    token: textAt(machine, 'token') ?? '',
    clusterName: textAt(kube, 'clusterName') ?? textAt(cluster, 'clusterName') ?? 'talos',
    endpoint,
    kubernetesCa: kubernetesCa(cluster, documents, problems),
    etcdCa: textAt(mapping(cluster, 'etcd', 'ca'), 'crt') !== undefined,
    install: installOf(machine, documents, problems),
  };
}

function typeOf(machine: Values, problems: string[]): MachineType | undefined {
  const type = textAt(machine, 'type');
  if (type === 'controlplane' || type === 'init') return 'controlplane';
  if (type === 'worker' || type === 'join') return 'worker';
  problems.push(`invalid machine type: ${JSON.stringify(machine.type ?? '')}`);
  return undefined;
}

interface PartialRoot {
  readonly cert: string;
  readonly key: string | undefined;
}

/** The CA in the v1alpha1 document: base64 of PEM. */
function rootAt(values: Values, path: string, problems: string[]): PartialRoot | undefined {
  const crt = textAt(values, 'crt');
  if (crt === undefined) return undefined;
  const key = textAt(values, 'key');
  const cert = Buffer.from(crt, 'base64').toString();
  checkCertificate(cert, `${path}.crt`, problems);
  return { cert, key: key === undefined ? undefined : Buffer.from(key, 'base64').toString() };
}

function checkCertificate(cert: string, path: string, problems: string[]): void {
  try {
    new X509Certificate(cert);
  } catch {
    problems.push(`${path} is no certificate`);
  }
}

function acceptedCas(machine: Values, problems: string[]): readonly string[] {
  const { acceptedCAs } = machine;
  if (!Array.isArray(acceptedCAs)) return [];
  return acceptedCAs.flatMap((entry: Values, index) => {
    const root = rootAt(entry, `machine.acceptedCAs[${index}]`, problems);
    return root === undefined ? [] : [root.cert];
  });
}

function kubernetesCa(
  cluster: Values,
  documents: readonly ConfigDocument[],
  problems: string[],
): Root | undefined {
  const own = mapping(valuesOf(documents, 'KubeAPIServerCAConfig'), 'issuingCA');
  const cert = textAt(own, 'cert');
  const key = textAt(own, 'key');
  if (cert !== undefined && key !== undefined) return { cert, key };
  const old = rootAt(mapping(cluster, 'ca'), 'cluster.ca', problems);
  return old?.key === undefined ? undefined : { cert: old.cert, key: old.key };
}

function installOf(
  machine: Values,
  documents: readonly ConfigDocument[],
  problems: string[],
): NodeFacts['install'] {
  const own = documents.find(({ kind }) => kind === 'UnattendedInstallConfig')?.values;
  if (own !== undefined) {
    const rule = textAt(mapping(own, 'provisioning', 'diskSelector'), 'match');
    if (rule === undefined) problems.push('a disk selector is required for the installation');
    const disk = /disk\.dev_path == "([^"]+)"/.exec(rule ?? '')?.[1];
    return { disk: disk ?? '', image: textAt(mapping(own, 'installer'), 'image') ?? '' };
  }
  const old = mapping(machine, 'install');
  const disk = textAt(old, 'disk');
  return disk === undefined ? undefined : { disk, image: textAt(old, 'image') ?? '' };
}

function valuesOf(documents: readonly ConfigDocument[], kind: string): Values {
  return documents.find((document) => document.kind === kind)?.values ?? {};
}

function isHttps(endpoint: string): boolean {
  return URL.canParse(endpoint) && new URL(endpoint).protocol === 'https:';
}
