import type { Attempt } from '../runtime/calls/attempt-hook.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { MetadataInit } from '../runtime/metadata.js';
import type { AnyCall } from '../runtime/transport.js';
import { explained } from './hints.js';
import type { Asking, Keys } from './keys/keys.js';
import { serviceAccount } from './keys/service-account.js';
import { UserKeys, type UserKeysOptions } from './keys/user-keys.js';
import { isUnsigned, signedHeaders } from './payload.js';

/** Where the signing key comes from. */
export type KeySource =
  | {
      readonly kind: 'service-account';
      readonly value: string;
      /** The option or environment variable that holds the value. */
      readonly field: string;
    }
  | ({ readonly kind: 'user' } & UserKeysOptions);

/**
 * A signer for the keys of `source`.
 *
 * @throws {TalosConfigError} when the key of a service account cannot be used
 */
export function signerFor(source: KeySource, clock: () => number = Date.now): Signer {
  return new Signer(
    source.kind === 'user'
      ? new UserKeys(source, clock)
      : serviceAccount(source.value, source.field, clock),
    clock,
  );
}

/** Signs attempts, and gets other keys for calls that need them. */
export class Signer {
  readonly #keys: Keys;
  readonly #clock: () => number;
  /** The fingerprint of the key with which the last attempt of a call was signed. */
  readonly #signedWith = new WeakMap<AnyCall, string>();

  constructor(keys: Keys, clock: () => number) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** @throws {TalosConfigError} when the metadata cannot be signed, or there is no key */
  sign({ call, metadata }: Attempt): MetadataInit {
    const { path } = call.method;
    if (isUnsigned(path)) return {};
    const { identity, current: key } = this.#keys;
    if (key === undefined) {
      throw new TalosConfigError('the call has no key to sign with: make it through the client', {
        field: 'credentials',
      });
    }
    this.#signedWith.set(call, key.fingerprint);
    return signedHeaders({ path, metadata }, { identity, key, now: this.#clock() });
  }

  /**
   * Sees to it that there is a key to sign with. Gives nothing when there is one already, and else
   * waits; then it says whether somebody had to log in for it.
   *
   * @throws {TalosConfigError} when there is none
   */
  ready(asking: Asking): undefined | Promise<boolean> {
    return this.#keys.ready(asking);
  }

  /** The fingerprint of the key that Omni refused, when `call` failed with `error` for that reason. */
  refusedKey(call: AnyCall, error: unknown): string | undefined {
    const isRefused = error instanceof TalosRpcError && error.status === 'unauthenticated';
    return isRefused ? this.#signedWith.get(call) : undefined;
  }

  /** Looks for another key than the refused one; says whether there is one now. */
  renewed(refused: string, asking: Asking): Promise<boolean> {
    return this.#keys.renewed(refused, asking);
  }

  /** Has the next call look for another key than the refused one. */
  distrust(refused: string): void {
    this.#keys.distrust(refused);
  }

  /** `error`, with what it means behind Omni. */
  explained(error: unknown): unknown {
    return explained(error, this.#keys, this.#clock());
  }
}
