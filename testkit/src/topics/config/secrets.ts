import type { SecretsBundle } from 'talos-client/machine-config';
import { createRoot, generateKey, keyPem, type Root } from 'talos-client/pki';
import type { Cluster } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { defineTopic } from '../../base/topic.js';

/**
 * The secrets that the machine configurations of a cluster share, as a secrets bundle has them.
 * Tokens come from the seed, keys do not. Each is made when first asked for.
 */
export class Secrets {
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #made = new Map<string, unknown>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#random = cluster.random.fork('secrets');
  }

  /** The CA of the Talos API; its key as well, which all control planes have. */
  get os(): Root {
    const { cert, key = '' } = this.#cluster.trust;
    return { cert, key };
  }

  get kubernetes(): Root {
    return this.#once('k8s', () => createRoot({ organization: 'kubernetes', keys: 'p256' }));
  }

  get etcd(): Root {
    return this.#once('etcd', () => createRoot({ organization: 'etcd', keys: 'p256' }));
  }

  /** The CA of the API server's aggregation layer; its subject is empty. */
  get aggregator(): Root {
    return this.#once('aggregator', () => createRoot({ organization: '', keys: 'p256' }));
  }

  /**
   * The key that signs tokens of service accounts, as PEM: of P-256 as up to Talos 1.6, since one of
   * RSA takes a second.
   */
  get serviceAccountKey(): string {
    return this.#once('service account', () => keyPem(generateKey('p256')));
  }

  /** All of them. */
  get bundle(): SecretsBundle {
    return {
      cluster: { id: this.clusterId, secret: this.clusterSecret },
      secrets: {
        bootstrapToken: this.bootstrapToken,
        secretboxEncryptionSecret: this.encryptionSecret,
      },
      trustdInfo: { token: this.machineToken },
      certs: {
        etcd: this.etcd,
        k8s: this.kubernetes,
        k8sAggregator: this.aggregator,
        k8sServiceAccount: { key: this.serviceAccountKey },
        os: this.os,
      },
    };
  }

  /** What workers show to trustd. */
  get machineToken(): string {
    return this.#token('machine token');
  }

  /** What kubelets show to Kubernetes at first. */
  get bootstrapToken(): string {
    return this.#token('bootstrap token');
  }

  /** Base64 of 32 bytes. */
  get clusterId(): string {
    return this.#bytes('cluster id');
  }

  /** Base64 of 32 bytes. */
  get clusterSecret(): string {
    return this.#bytes('cluster secret');
  }

  /** The key of secrets in etcd, base64 of 32 bytes. */
  get encryptionSecret(): string {
    return this.#bytes('encryption secret');
  }

  /** Six and sixteen characters of `[0-9a-z]`. */
  #token(name: string): string {
    const random = this.#random.fork(name);
    const characters = [...'0123456789abcdefghijklmnopqrstuvwxyz'];
    const text = (length: number) => Array.from({ length }, () => random.pick(characters)).join('');
    return `${text(6)}.${text(16)}`;
  }

  #bytes(name: string): string {
    return Buffer.from(this.#random.fork(name).bytes(32)).toString('base64');
  }

  #once<T>(name: string, make: () => T): T {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name) as T;
  }
}

/** The secrets of a cluster. */
export const secrets = defineTopic({
  name: 'secrets',
  lifetime: 'always',
  create: (cluster: Cluster) => new Secrets(cluster),
});
