import { fromPem, partsOf, readDer, readIssuer } from '../../pki/read.js';
import {
  MachineConfigError,
  type MachineConfigProblem,
} from '../../runtime/errors/machine-config-error.js';
import { type BundledAuthority, hideValues, type SecretsBundle } from './bundle.js';

/** What is to be done with a bundle. */
export interface BundleUse {
  /** Whether the machines run Kubernetes and etcd. Default: true. */
  readonly kubernetes?: boolean | undefined;
}

/** A bundle of which anything may be missing. */
export type BundleDraft = Draft<SecretsBundle>;

/** A value of which anything may be missing. */
export type Draft<Value> = Value extends object
  ? { readonly [Key in keyof Value]?: Draft<Value[Key]> | undefined }
  : Value;

/**
 * The bundle that a draft is when nothing is wrong with it.
 *
 * @throws {MachineConfigError} with all that is wrong: `problems`, which reading the draft has
 *   shown, and what it lacks.
 */
export function wholeBundle(
  draft: BundleDraft,
  use: BundleUse,
  problems: readonly MachineConfigProblem[],
): SecretsBundle {
  const known = new Set(problems.map(({ path }) => path));
  const more = bundleProblems(draft, use).filter(({ path }) => !known.has(path));
  if (problems.length + more.length > 0) throw new MachineConfigError([...problems, ...more]);
  return hideValues(draft as SecretsBundle);
}

/** The keys of the bundle as its file has them, for errors. */
type FileKey = `${'cluster' | 'secrets' | 'trustdinfo' | 'certs'}.${string}`;

/**
 * What is wrong with a bundle, by the keys of its file; empty when it is whole. No message has a
 * value in it.
 */
export function bundleProblems(
  { cluster, secrets, trustdInfo, certs }: BundleDraft,
  { kubernetes = true }: BundleUse = {},
): readonly MachineConfigProblem[] {
  return [
    ...required('cluster.id', cluster?.id),
    ...required('cluster.secret', cluster?.secret),
    ...(kubernetes ? required('secrets.bootstraptoken', secrets?.bootstrapToken) : []),
    ...encryptionProblems(secrets ?? {}, kubernetes),
    ...required('trustdinfo.token', trustdInfo?.token),
    ...authorityProblems('certs.etcd', certs?.etcd, kubernetes),
    ...authorityProblems('certs.k8s', certs?.k8s, kubernetes),
    ...authorityProblems('certs.k8saggregator', certs?.k8sAggregator, kubernetes),
    ...keyProblems('certs.k8sserviceaccount.key', certs?.k8sServiceAccount?.key, kubernetes),
    ...authorityProblems('certs.os', certs?.os, true),
  ];
}

function required(path: FileKey, value: string | undefined): readonly MachineConfigProblem[] {
  return isEmpty(value) ? [{ path, message: 'is required' }] : [];
}

function encryptionProblems(
  secrets: NonNullable<BundleDraft['secrets']>,
  kubernetes: boolean,
): readonly MachineConfigProblem[] {
  const { secretboxEncryptionSecret: secretbox, aescbcEncryptionSecret: aescbc } = secrets;
  const path = 'secrets.secretboxencryptionsecret';
  const other = 'secrets.aescbcencryptionsecret';
  if (isEmpty(secretbox) && isEmpty(aescbc)) {
    return kubernetes ? [{ path, message: `is required, or else ${other}` }] : [];
  }
  if (!isEmpty(secretbox) && !isEmpty(aescbc)) {
    return [{ path, message: `cannot stand beside ${other}: a cluster has one of them` }];
  }
  return [
    ...(isEmpty(secretbox) ? [] : sizeProblems(path, secretbox, [32])),
    ...(isEmpty(aescbc) ? [] : sizeProblems(other, aescbc, [16, 24, 32])),
  ];
}

function sizeProblems(
  path: FileKey,
  base64: string,
  sizes: readonly number[],
): readonly MachineConfigProblem[] {
  const size = decodedSize(base64);
  if (size !== undefined && sizes.includes(size)) return [];
  return [
    { path, message: `must be base64 of ${sizes.join(', ').replace(/, (\d+)$/, ' or $1')} bytes` },
  ];
}

function decodedSize(base64: string): number | undefined {
  try {
    return atob(base64).length;
  } catch {
    return undefined;
  }
}

function authorityProblems(
  path: FileKey,
  authority: Draft<BundledAuthority> | undefined,
  needed: boolean,
): readonly MachineConfigProblem[] {
  if (authority === undefined) return needed ? [{ path, message: 'is required' }] : [];
  const { cert, key } = authority;
  return [
    ...(isEmpty(cert)
      ? required(`${path}.crt`, cert)
      : failureOf(`${path}.crt`, () => readIssuer(cert))),
    ...keyProblems(`${path}.key`, key, true),
  ];
}

const keyLabels = ['ED25519 PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'PRIVATE KEY'];

function keyProblems(
  path: FileKey,
  key: string | undefined,
  needed: boolean,
): readonly MachineConfigProblem[] {
  if (isEmpty(key)) return needed ? required(path, key) : [];
  return failureOf(path, () => {
    const { label, bytes } = fromPem(key);
    if (!keyLabels.includes(label)) throw new Error('the PEM block is no private key');
    if (partsOf(readDer(bytes)).length < 2) throw new Error('the PEM block holds no private key');
  });
}

/** What `read` throws says nothing of what it read. */
function failureOf(path: FileKey, read: () => unknown): readonly MachineConfigProblem[] {
  try {
    read();
    return [];
  } catch (cause) {
    return [{ path, message: `cannot be read: ${(cause as Error).message}` }];
  }
}

function isEmpty(value: string | undefined): value is undefined | '' {
  return value === undefined || value === '';
}
