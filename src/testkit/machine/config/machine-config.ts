import type { Root } from '../../../pki/index.js';
import type { TrustInit } from '../../trust.js';
import type { MachineType } from '../machine.js';
import {
  type ConfigDocument,
  ConfigProblem,
  MAIN,
  mapping,
  readDocuments,
  textAt,
  type Values,
  valuesOf,
} from './documents.js';
import { multierror, problemsOf, warningsOf } from './validate.js';

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
  const problems = problemsOf(documents, main, talosVersion);
  if (problems.length > 0) throw new ConfigProblem('validation', multierror(problems));
  return {
    text,
    documents,
    node: main === undefined ? undefined : nodeFacts(main, documents),
    hostname: hostnameOf(documents, main),
    warnings: main === undefined ? [] : warningsOf(main, talosVersion),
  };
}

function hostnameOf(
  documents: readonly ConfigDocument[],
  main: Values | undefined,
): string | undefined {
  const own = textAt(valuesOf(documents, 'HostnameConfig'), 'hostname');
  return own ?? (main && textAt(mapping(main, 'machine', 'network'), 'hostname'));
}

function nodeFacts(main: Values, documents: readonly ConfigDocument[]): NodeFacts {
  const machine = mapping(main, 'machine');
  const cluster = mapping(main, 'cluster');
  const kube = valuesOf(documents, 'KubeClusterConfig');
  const ca = rootOf(mapping(machine, 'ca'));
  const [first = '', ...others] = [...(ca === undefined ? [] : [ca.cert]), ...acceptedCas(machine)];
  return {
    type: typeOf(machine),
    trust: { cert: first, key: ca?.key, alsoAccepted: others },
    token: textAt(machine, 'token') ?? '',
    clusterName: textAt(kube, 'clusterName') ?? textAt(cluster, 'clusterName') ?? 'talos',
    endpoint:
      textAt(kube, 'endpoint') ?? textAt(mapping(cluster, 'controlPlane'), 'endpoint') ?? '',
    kubernetesCa: kubernetesCa(cluster, documents),
    etcdCa: textAt(mapping(cluster, 'etcd', 'ca'), 'crt') !== undefined,
    install: installOf(machine, documents),
  };
}

function typeOf(machine: Values): MachineType {
  const type = textAt(machine, 'type');
  return type === 'controlplane' || type === 'init' ? 'controlplane' : 'worker';
}

interface PartialRoot {
  readonly cert: string;
  readonly key: string | undefined;
}

/** The CA in the v1alpha1 document: base64 of PEM. */
function rootOf(values: Values): PartialRoot | undefined {
  const crt = textAt(values, 'crt');
  if (crt === undefined) return undefined;
  const key = textAt(values, 'key');
  return {
    cert: Buffer.from(crt, 'base64').toString(),
    key: key === undefined ? undefined : Buffer.from(key, 'base64').toString(),
  };
}

function acceptedCas(machine: Values): readonly string[] {
  const { acceptedCAs } = machine;
  if (!Array.isArray(acceptedCAs)) return [];
  return acceptedCAs.flatMap((entry: Values) => rootOf(entry)?.cert ?? []);
}

function kubernetesCa(cluster: Values, documents: readonly ConfigDocument[]): Root | undefined {
  const own = mapping(valuesOf(documents, 'KubeAPIServerCAConfig'), 'issuingCA');
  const cert = textAt(own, 'cert');
  const key = textAt(own, 'key');
  if (cert !== undefined && key !== undefined) return { cert, key };
  const old = rootOf(mapping(cluster, 'ca'));
  return old?.key === undefined ? undefined : { cert: old.cert, key: old.key };
}

function installOf(machine: Values, documents: readonly ConfigDocument[]): NodeFacts['install'] {
  const own = documents.find(({ kind }) => kind === 'UnattendedInstallConfig')?.values;
  if (own !== undefined) {
    const rule = textAt(mapping(own, 'provisioning', 'diskSelector'), 'match');
    const disk = /disk\.dev_path == "([^"]+)"/.exec(rule ?? '')?.[1];
    return { disk: disk ?? '', image: textAt(mapping(own, 'installer'), 'image') ?? '' };
  }
  const old = mapping(machine, 'install');
  const disk = textAt(old, 'disk');
  return disk === undefined ? undefined : { disk, image: textAt(old, 'image') ?? '' };
}
