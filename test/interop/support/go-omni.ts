import { type ConnectOptions, createTalosClient, type TalosClient } from '../../../src/index.js';
import { siderov1 } from '../../../src/siderov1/index.js';
import type { GoCluster } from './go-cluster.js';

/** A call as the official code took it. */
export interface SignedCall {
  readonly method: string;
  readonly identity: string;
  readonly key: string;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  /** Why the official code refused its signature; empty when it did not. */
  readonly error: string;
}

/** A key as the official code sees it. */
export interface GoKey {
  readonly fingerprint: string;
  /** The armored public key. */
  readonly public: string;
  /** The value of a service account, if it is for one. */
  readonly value: string;
}

/** The front of a cluster that takes signed calls, and checks them with the official library. */
export class GoOmni {
  readonly endpoint: string;
  readonly ca: string;
  readonly #cluster: GoCluster;

  private constructor(cluster: GoCluster, endpoint: string, ca: string) {
    this.#cluster = cluster;
    this.endpoint = endpoint;
    this.ca = ca;
  }

  static async of(cluster: GoCluster): Promise<GoOmni> {
    const { endpoint, ca } = await cluster.do<{ endpoint: string; ca: string }>('omni', {});
    return new GoOmni(cluster, endpoint, ca);
  }

  /** A service account that the official code made, and that the front takes. */
  async serviceAccount(name: string): Promise<GoKey> {
    const key = await this.#cluster.do<GoKey>('serviceAccount', { name });
    await this.trust(name, key.public);
    return key;
  }

  /** A client whose calls a service account signs. */
  client(serviceAccountKey: string, more: Partial<ConnectOptions> = {}): TalosClient {
    return createTalosClient({
      endpoints: [this.endpoint],
      credentials: siderov1({ serviceAccountKey, ca: this.ca }),
      proxy: 'direct',
      ...more,
    });
  }

  /** Makes calls of `identity` with a key count. */
  trust(identity: string, publicKey: string): Promise<void> {
    return this.#cluster.do('trustKey', { name: identity, text: publicKey });
  }

  /** Does what somebody does who follows the address of a login. */
  confirm(fingerprint: string): Promise<void> {
    return this.#cluster.do('confirmKey', { text: fingerprint });
  }

  /** Makes no key count any more. */
  forgetKeys(): Promise<void> {
    return this.#cluster.do('forgetKeys', {});
  }

  /** Refuses so many calls, although their signature is right. */
  refuse(count: number): Promise<void> {
    return this.#cluster.do('refuseCalls', { count });
  }

  /** Breaks the connection of so many calls, once their signature was found right. */
  drop(count: number): Promise<void> {
    return this.#cluster.do('dropCalls', { count });
  }

  /** The calls so far. */
  seen(): Promise<readonly SignedCall[]> {
    return this.#cluster.do('signedCalls', {});
  }

  /** What the official code says of signatures by the key of `publicKey`: what is wrong with them. */
  verify(
    publicKey: string,
    signed: readonly { readonly data: Uint8Array; readonly signature: Uint8Array }[],
  ): Promise<readonly string[]> {
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    return this.#cluster.do('verify', {
      text: publicKey,
      signed: signed.map(({ data, signature }) => ({
        data: base64(data),
        signature: base64(signature),
      })),
    });
  }

  /** Has the official code make the key file of a user. */
  writeKey(folder: string, context: string, identity: string): Promise<GoKey> {
    return this.#cluster.do('writeKey', { path: folder, name: context, text: identity });
  }

  /** Has the official code read the key file of a user, if it takes it. */
  readKey(folder: string, context: string, identity: string): Promise<GoKey> {
    return this.#cluster.do('readKey', { path: folder, name: context, text: identity });
  }
}
