import { inspect } from 'node:util';
import { text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { checkWhole } from '../runtime/carriers/options.js';
import { refuse } from '../runtime/credentials/pem.js';
import { identityProblem, userIdOf } from './names.js';
import { type MadeKey, makeKey } from './openpgp/make-key.js';

/** Whom a new key is for. */
export interface SigningKeyOptions {
  /** The e-mail address of the user, or the full name of the service account. */
  readonly identity: string;
  /** Seconds until it runs out. Omni takes up to 8 h for users and 365 days for service accounts. */
  readonly lifetimeSeconds: number;
}

const shape: Shape<SigningKeyOptions> = {
  identity: text,
  // Checked with its range below.
  lifetimeSeconds: () => undefined,
};

/**
 * Makes a key of the kind that Omni takes: OpenPGP version 4, EdDSA over Ed25519, with one identity.
 * It counts once its public key is registered with Omni. Users need no such call: the option `login`
 * makes and registers their keys.
 *
 * @throws {TalosConfigError} when the identity cannot sign, or the lifetime is not a whole number
 */
export function createSigningKey(options: SigningKeyOptions): NewSigningKey {
  checkOptions(options, shape, 'createSigningKey', '{ identity, lifetimeSeconds }');
  const { identity, lifetimeSeconds } = options;
  const problem = identityProblem(identity);
  if (problem !== undefined) throw refuse('identity', problem);
  checkWhole(lifetimeSeconds, 'lifetimeSeconds', 1, 0xffff_ffff);
  const userId = userIdOf(identity);
  return new NewSigningKey(identity, makeKey({ userId, lifetimeSeconds, now: Date.now() }));
}

/** A new key. It shows its fingerprint when it is logged, and nothing secret. */
export class NewSigningKey {
  readonly identity: string;
  /** 40 hexadecimal digits; Omni calls it the id of the key. */
  readonly fingerprint: string;
  /** The armored public key, for Omni. */
  readonly publicKey: string;
  readonly #made: MadeKey;

  /** @internal */
  constructor(identity: string, made: MadeKey) {
    this.identity = identity;
    this.fingerprint = made.key.fingerprint;
    this.publicKey = made.publicArmor;
    this.#made = made;
  }

  /** The armored private key, as key files of users hold it. Secret. */
  privateKey(): string {
    return this.#made.privateArmor;
  }

  /** The value of `SIDERO_SERVICE_ACCOUNT_KEY` and of the option `serviceAccountKey`. Secret. */
  serviceAccountKey(): string {
    const json = JSON.stringify({ name: this.identity, pgp_key: this.#made.privateArmor });
    return Buffer.from(json).toString('base64');
  }

  /** What logs show. */
  [inspect.custom](): object {
    return { identity: this.identity, fingerprint: this.fingerprint };
  }
}
