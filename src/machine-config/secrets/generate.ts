import { createRoot, generateKey, generateRsaKey, keyPem } from '../../pki/index.js';
import { nodeCrypto } from '../../pki/node-crypto.js';
import { contractOf, isAtLeast } from '../contract.js';
import { hideValues, type SecretsBundle } from './bundle.js';

/** What secrets are made for. */
export interface SecretsOptions {
  /**
   * The release of Talos that the cluster is made with, as `v1.14` or `v1.14.0`. Default: the newest
   * that is known. It decides little: up to 1.6 the key of service accounts is of P-256 instead of
   * RSA, up to 1.2 secrets in etcd are encrypted with AES-CBC.
   */
  readonly contract?: string | undefined;
  /** False for machines that run neither Kubernetes nor etcd. Default: true. */
  readonly kubernetes?: boolean | undefined;
  /** What time it is, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Makes the secrets of a new cluster, as `talosctl gen secrets` does: authorities that live for
 * 87,600 hours, tokens and keys. Takes about a second, nearly all of it for the RSA key, which is
 * made beside the event loop. Needs `node:crypto`.
 *
 * Keep what you get (`formatSecrets` writes the file of talosctl): nobody can make it again.
 *
 * @throws {MachineConfigError} when the contract is none that is known.
 *
 * @example
 * ```ts
 * const secrets = await generateSecrets({ contract: 'v1.14' });
 * await writeFile('secrets.yaml', formatSecrets(secrets), { mode: 0o600 });
 * ```
 */
export async function generateSecrets(options: SecretsOptions = {}): Promise<SecretsBundle> {
  const { kubernetes = true, now } = options;
  const contract = contractOf(options.contract, 'contract');
  const serviceAccountKey = kubernetes && isAtLeast(contract, '1.7') ? generateRsaKey() : undefined;
  const encryption = isAtLeast(contract, '1.3')
    ? 'secretboxEncryptionSecret'
    : 'aescbcEncryptionSecret';
  const authority = (organization: string) => createRoot({ organization, keys: 'p256', now });
  return hideValues({
    cluster: { id: randomBase64(), secret: randomBase64() },
    secrets: kubernetes ? { bootstrapToken: randomToken(), [encryption]: randomBase64() } : {},
    trustdInfo: { token: randomToken() },
    certs: {
      ...(kubernetes
        ? {
            etcd: authority('etcd'),
            k8s: authority('kubernetes'),
            k8sAggregator: authority(''),
            k8sServiceAccount: { key: keyPem((await serviceAccountKey) ?? generateKey('p256')) },
          }
        : {}),
      os: createRoot({ now }),
    },
  });
}

/** 32 random bytes in base64. */
function randomBase64(): string {
  return nodeCrypto().randomBytes(32).toString('base64');
}

/** Six and sixteen random characters of `0-9a-z`, joined with a dot. */
function randomToken(): string {
  const { randomInt } = nodeCrypto();
  const text = (length: number) =>
    Array.from({ length }, () => randomInt(36).toString(36)).join('');
  return `${text(6)}.${text(16)}`;
}
