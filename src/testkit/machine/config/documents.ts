import { LineCounter, parseAllDocuments, stringify } from 'yaml';
import { supports } from '../../versions.js';

/** What is wrong with a configuration: it cannot be read, or says what cannot be. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem';
  readonly kind: 'load' | 'validation';

  constructor(kind: 'load' | 'validation', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The values of a YAML mapping. */
export type Values = Readonly<Record<string, unknown>>;

/** The document without a kind, which makes a configuration complete. */
export const MAIN = 'v1alpha1';

/** One document of a configuration. */
export interface ConfigDocument {
  /** Such as `HostnameConfig`; `v1alpha1` for the one without. */
  readonly kind: string;
  /** What tells documents of a kind apart, where there may be several. */
  readonly name: string;
  readonly values: Values;
}

/** Kinds that came with a release; nodes that are older refuse them. */
const youngKinds: readonly (readonly [RegExp, since: string])[] = [
  [/^Kube(?!span|Span)/, '1.14'],
  [/^(Discovery|UnattendedInstall)/, '1.14'],
  [/^KubeSpanConfig$/, '1.13'],
  [/^HostnameConfig$/, '1.12'],
];

/**
 * Reads the documents of a machine configuration.
 *
 * @throws {ConfigProblem} when the text is no YAML, or a document none of Talos.
 */
export function readDocuments(text: string, talosVersion: string): readonly ConfigDocument[] {
  const documents: ConfigDocument[] = [];
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { merge: true, lineCounter });
  const seen = new Set<string>();
  if (!Array.isArray(parsed)) throw new ConfigProblem('load', 'no configuration documents found');
  for (const document of parsed) {
    const [problem] = document.errors;
    if (problem !== undefined) {
      const line = problem.linePos?.[0].line;
      const reason = problem.message.split('\n')[0]?.replace(/ at line \d.*$/, '');
      throw new ConfigProblem(
        'load',
        `yaml: ${line === undefined ? '' : `line ${line}: `}${reason}`,
      );
    }
    const values: unknown = document.toJS();
    // What stands between two separators may be nothing.
    if (values === null) continue;
    if (!isValues(values)) throw new ConfigProblem('load', 'a document has to be a mapping');
    const { apiVersion = '', kind = MAIN, name = '' } = values;
    const id = `${apiVersion}/${kind}/${name}`;
    const { line } = lineCounter.linePos(document.contents?.range[0] ?? 0);
    if (seen.has(id)) {
      throw new ConfigProblem('load', `duplicate document ${id} is not allowed (line ${line})`);
    }
    seen.add(id);
    try {
      documents.push(readDocument(values, talosVersion));
    } catch (cause) {
      if (!(cause instanceof ConfigProblem)) throw cause;
      const where = `error decoding document ${id} (line ${line})`;
      throw new ConfigProblem('load', `${where}: ${cause.message}`);
    }
  }
  if (documents.length === 0) throw new ConfigProblem('load', 'no configuration documents found');
  return documents;
}

function readDocument(values: Values, talosVersion: string): ConfigDocument {
  const { kind, apiVersion, name } = values;
  if (kind === undefined) {
    // What it has tells it, not the version that it says.
    const isMain = apiVersion === MAIN || mainKeys.some((key) => key in values);
    if (!isMain) throw new ConfigProblem('load', 'missing kind');
    checkKeys(values);
    return { kind: MAIN, name: '', values };
  }
  if (apiVersion === undefined) throw new ConfigProblem('load', 'missing apiVersion');
  const since = youngKinds.find(([pattern]) => pattern.test(String(kind)))?.[1];
  const known =
    // Those of Talos are about eighty, and all named alike.
    /^[A-Z][A-Za-z0-9]*Config$/.test(String(kind)) &&
    apiVersion === MAIN &&
    (since === undefined || supports(talosVersion, since));
  if (!known) {
    const what = `${JSON.stringify(kind)} ${JSON.stringify(apiVersion)}`;
    throw new ConfigProblem('load', `${what}: not registered`);
  }
  return { kind: String(kind), name: typeof name === 'string' ? name : '', values };
}

/** A document with one of these is the main one. */
const mainKeys = ['machine', 'cluster', 'debug', 'persist'] as const;

const keys = {
  '': words('version debug persist machine cluster'),
  machine: words(
    'type token ca acceptedCAs certSANs controlPlane kubelet pods network disks install files env ' +
      'time sysctls sysfs registries systemDiskEncryption features udev logging kernel ' +
      'seccompProfiles baseRuntimeSpecOverrides nodeLabels nodeAnnotations nodeTaints',
  ),
  cluster: words(
    'id secret controlPlane clusterName network token aescbcEncryptionSecret ' +
      'secretboxEncryptionSecret ca acceptedCAs aggregatorCA serviceAccount apiServer ' +
      'controllerManager proxy scheduler discovery etcd coreDNS externalCloudProvider ' +
      'extraManifests extraManifestHeaders inlineManifests adminKubeconfig ' +
      'allowSchedulingOnMasters allowSchedulingOnControlPlanes',
  ),
} as const;

/** Talos refuses keys that it does not know, and shows what is under them. */
function checkKeys(values: Values): void {
  const machine = unknownOf(mapping(values, 'machine'), keys.machine);
  const cluster = unknownOf(mapping(values, 'cluster'), keys.cluster);
  const unknown = {
    ...unknownOf(values, keys['']),
    ...(Object.keys(machine).length > 0 ? { machine } : {}),
    ...(Object.keys(cluster).length > 0 ? { cluster } : {}),
  };
  if (Object.keys(unknown).length > 0) {
    const shown = stringify(unknown, { indent: 4 });
    throw new ConfigProblem('load', `unknown keys found during decoding:\n${shown}`);
  }
}

function unknownOf(values: Values, known: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !known.has(key)));
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping under a key; empty when there is none. */
export function mapping(values: Values, ...path: readonly string[]): Values {
  let found: unknown = values;
  for (const key of path) found = isValues(found) ? found[key] : undefined;
  return isValues(found) ? found : {};
}

/** The values of the first document of a kind; empty when there is none. */
export function valuesOf(documents: readonly ConfigDocument[], kind: string): Values {
  return documents.find((document) => document.kind === kind)?.values ?? {};
}

/** The text under a key, if there is one that is not empty. */
export function textAt(values: Values, key: string): string | undefined {
  const value = values[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
