import type { Cluster } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { defineTopic } from '../../base/topic.js';
import { type ImageReference, parseReference, referenceText } from './reference.js';

/** A layer of an image. */
export interface Layer {
  readonly digest: string;
  /** In bytes, as it is downloaded. */
  readonly size: number;
}

/** An image as a registry has it, for the platform of the nodes. */
export interface RemoteImage {
  /** Of its manifest. */
  readonly digest: string;
  readonly configDigest: string;
  readonly layers: readonly Layer[];
}

/** Who signed an image: somebody known to an identity provider, or the owner of a key. */
export type Signer =
  | { readonly issuer: string; readonly subject: string }
  | { readonly publicKey: string };

const GOOGLE = 'https://accounts.google.com';
const MIB = 2 ** 20;

/**
 * All the container registries that the nodes of a cluster reach.
 *
 * They have every image that is asked for, the same for the same reference, with three exceptions:
 * hosts that end in `.invalid` do not exist; the images of Talos and Kubernetes have tags that
 * begin with a version number, as `v1.14.0` or `3.10`; and `withdraw` takes single ones away.
 * Images of Talos and of Kubernetes are signed by those who release them.
 */
export class Registry {
  readonly #random: Random;
  readonly #withdrawn = new Set<string>();
  readonly #signers = new Map<string, Signer>([
    ['ghcr.io/siderolabs/', { issuer: GOOGLE, subject: 'release@siderolabs.com' }],
    ['factory.talos.dev/', { issuer: GOOGLE, subject: 'release@siderolabs.com' }],
    [
      'registry.k8s.io/',
      { issuer: GOOGLE, subject: 'krel-trust@k8s-releng-prod.iam.gserviceaccount.com' },
    ],
  ]);

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * The image that a reference names; absent when there is none.
   *
   * @throws {Error} when the registry cannot be reached.
   */
  find(reference: ImageReference): RemoteImage | undefined {
    const { repository, tag } = reference;
    const [host = ''] = repository.split('/');
    if (/\.invalid(:\d+)?$/.test(host)) {
      const text = referenceText(reference);
      throw new Error(
        `failed to resolve image: failed to resolve reference ${JSON.stringify(text)}: ` +
          `dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`,
      );
    }
    if (this.#withdrawn.has(referenceText(reference))) return undefined;
    if (tag !== undefined && isVersioned(repository) && !/^v?\d/.test(tag)) return undefined;
    return this.#imageOf(reference);
  }

  /** Removes an image from its registry. Nodes that have it keep it. */
  withdraw(reference: string): void {
    this.#withdrawn.add(referenceText(parseReference(reference)));
  }

  /** Signs the images whose repository begins with `prefix`, in the place of who did so before. */
  sign(prefix: string, signer: Signer): void {
    this.#signers.set(prefix, signer);
  }

  /** Who signed the images of a repository; absent when nobody did. */
  signerOf({ repository }: ImageReference): Signer | undefined {
    const prefixes = [...this.#signers.keys()].filter((prefix) => repository.startsWith(prefix));
    const longest = prefixes.sort((one, other) => other.length - one.length)[0];
    return longest === undefined ? undefined : this.#signers.get(longest);
  }

  #imageOf({ repository, tag, digest = this.#digest(`${repository}:${tag}`) }: ImageReference) {
    const random = this.#random.fork(`${repository}@${digest}`);
    // Images of one repository build on the same base.
    const base = this.#random.fork(repository);
    const layers: Layer[] = [{ digest: sha256(base), size: base.int(2 * MIB, 30 * MIB) }];
    for (let count = random.int(1, 4); count > 0; count -= 1) {
      layers.push({ digest: sha256(random), size: random.int(MIB / 4, 60 * MIB) });
    }
    return { digest, configDigest: sha256(random), layers };
  }

  #digest(name: string): string {
    return sha256(this.#random.fork(name));
  }
}

function sha256(random: Random): string {
  return `sha256:${random.hex(64)}`;
}

function isVersioned(repository: string): boolean {
  return /^(ghcr\.io\/siderolabs|factory\.talos\.dev|registry\.k8s\.io)\//.test(repository);
}

/** The container registries that the nodes of a cluster reach. */
export const registry = defineTopic({
  name: 'registry',
  lifetime: 'always',
  create: (cluster: Cluster) => new Registry(cluster.random.fork('registry')),
});
