import type { Cluster } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { defineTopic } from '../../base/topic.js';
import { isPublished } from './published.js';
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
 * They have the images of `published.ts` and those that `add` names, the same for the same
 * reference, without those that `withdraw` takes away. Hosts that end in `.invalid` do not exist;
 * all others answer, and have nothing else. Images of Talos and of Kubernetes are signed by those who
 * release them.
 */
export class Registry {
  readonly #random: Random;
  readonly #added = new Set<string>();
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
    const { repository } = reference;
    const text = referenceText(reference);
    const [host = ''] = repository.split('/');
    if (/\.invalid(:\d+)?$/.test(host)) {
      const { tag, digest } = reference;
      const url = `https://${host}/v2${repository.slice(host.length)}/manifests/${digest ?? tag}`;
      throw new Error(
        `failed to resolve reference ${JSON.stringify(text)}: failed to do request: ` +
          `Head ${JSON.stringify(url)}: dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`,
      );
    }
    if (this.#withdrawn.has(text)) return undefined;
    const known = this.#added.has(text) || isPublished(reference);
    return known || this.#isPinOfAdded(reference) ? this.#imageOf(reference) : undefined;
  }

  /** Whether a digest names an image that was added by its tag. */
  #isPinOfAdded({ repository, digest }: ImageReference): boolean {
    if (digest === undefined) return false;
    return [...this.#added].some((text) => {
      const added = parseReference(text);
      return added.repository === repository && this.#imageOf(added).digest === digest;
    });
  }

  /** Gives a registry an image. */
  add(reference: string): void {
    const text = referenceText(parseReference(reference));
    this.#added.add(text);
    this.#withdrawn.delete(text);
  }

  /** Removes an image from its registry. Nodes that have it keep it. */
  withdraw(reference: string): void {
    const text = referenceText(parseReference(reference));
    this.#added.delete(text);
    this.#withdrawn.add(text);
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

/** The container registries that the nodes of a cluster reach. */
export const registry = defineTopic({
  name: 'registry',
  lifetime: 'always',
  create: (cluster: Cluster) => new Registry(cluster.random.fork('registry')),
});
