import { parseDocument, stringify } from 'yaml';
import {
  MachineConfigError,
  type MachineConfigProblem,
} from '../../runtime/errors/machine-config-error.js';
import type { BundledAuthority, SecretsBundle } from './bundle.js';
import { type BundleUse, type Draft, wholeBundle } from './check.js';
import { Section } from './section.js';

/** Larger files are refused: a bundle takes about nine thousand characters. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Reads a secrets bundle from the text of its file, as `talosctl gen secrets` writes it, and checks
 * that it is whole.
 *
 * @throws {MachineConfigError} with all that is wrong, by the keys of the file and without values.
 *
 * @example
 * ```ts
 * const secrets = parseSecrets(await readFile('secrets.yaml', 'utf8'));
 * ```
 */
export function parseSecrets(text: string, use: BundleUse = {}): SecretsBundle {
  const problems: MachineConfigProblem[] = [];
  const file = new Section(readYaml(text), '', problems);
  const cluster = file.section('cluster');
  const secrets = file.section('secrets');
  const trustdInfo = file.section('trustdinfo');
  const certs = file.section('certs');
  const draft = {
    cluster: { id: cluster.text('id'), secret: cluster.text('secret') },
    secrets: {
      bootstrapToken: secrets.text('bootstraptoken'),
      aescbcEncryptionSecret: secrets.text('aescbcencryptionsecret'),
      secretboxEncryptionSecret: secrets.text('secretboxencryptionsecret'),
    },
    trustdInfo: { token: trustdInfo.text('token') },
    certs: {
      etcd: readAuthority(certs.section('etcd')),
      k8s: readAuthority(certs.section('k8s')),
      k8sAggregator: readAuthority(certs.section('k8saggregator')),
      k8sServiceAccount: readKey(certs.section('k8sserviceaccount')),
      os: readAuthority(certs.section('os')),
    },
  };
  file.noteUnknownKeys();
  return wholeBundle(draft, use, problems);
}

function readAuthority(section: Section): Draft<BundledAuthority> | undefined {
  const authority = { cert: section.decoded('crt'), key: section.decoded('key') };
  return section.isEmpty ? undefined : authority;
}

function readKey(section: Section): { readonly key: string } | undefined {
  const key = section.decoded('key');
  return key === undefined ? undefined : { key };
}

/** The values of the file: mappings as maps, and all else as the text that it is. */
function readYaml(text: string): unknown {
  if (typeof text !== 'string') throw refused('secrets must be given as text');
  if (text.length > MAX_LENGTH) throw refused('the text is longer than a secrets bundle can be');
  // Without a schema nothing is taken for a number. Pretty errors quote what they stand beside.
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw refused('the text is no YAML of one document');
  try {
    return document.toJS({ mapAsMap: true });
  } catch {
    throw refused('the text refers to itself too often');
  }
}

function refused(message: string): MachineConfigError {
  return new MachineConfigError([{ message }]);
}

/**
 * Writes a secrets bundle as `talosctl gen secrets` writes it. Keep the file to yourself
 * (mode 0600): whoever reads it rules the cluster.
 */
export function formatSecrets({ cluster, secrets, trustdInfo, certs }: SecretsBundle): string {
  const file = {
    cluster: { id: cluster.id, secret: cluster.secret },
    secrets: {
      bootstraptoken: secrets.bootstrapToken,
      aescbcencryptionsecret: secrets.aescbcEncryptionSecret,
      secretboxencryptionsecret: secrets.secretboxEncryptionSecret,
    },
    trustdinfo: { token: trustdInfo.token },
    certs: {
      etcd: encoded(certs.etcd),
      k8s: encoded(certs.k8s),
      k8saggregator: encoded(certs.k8sAggregator),
      k8sserviceaccount: certs.k8sServiceAccount && { key: btoa(certs.k8sServiceAccount.key) },
      os: encoded(certs.os),
    },
  };
  return stringify(file, { indent: 4, lineWidth: 0 });
}

function encoded(authority: BundledAuthority | undefined) {
  return authority && { crt: btoa(authority.cert), key: btoa(authority.key) };
}
