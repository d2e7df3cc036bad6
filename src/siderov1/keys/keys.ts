import type { Transport } from '../../runtime/transport.js';
import type { SigningKey } from '../openpgp/signing-key.js';

/** Where a key comes from with which calls are signed, and what happens when it is refused. */
export interface Keys {
  /** The user or service account that signs, as Omni knows it. */
  readonly identity: string;
  /** The key to sign with; absent before `ready` found one. */
  readonly current: SigningKey | undefined;
  /** What its owner can do when Omni refuses the key. */
  readonly advice: string;
  /**
   * Sees to it that there is a key that can sign now. Gives nothing when there is one already, and
   * else waits; then it says whether somebody had to log in for it.
   *
   * @throws {TalosConfigError} when there is none
   */
  ready(asking: Asking): undefined | Promise<boolean>;
  /** Looks for another key than the one with the fingerprint `refused`; says whether there is one. */
  renewed(refused: string, asking: Asking): Promise<boolean>;
  /** Has the next `ready` look for another key than the one with the fingerprint `refused`. */
  distrust(refused: string): void;
}

/** A call that needs a key. */
export interface Asking {
  /** Carries the calls of a login. */
  readonly transport: Transport;
  /** The signals that end the call, and its wait for a key with it. */
  readonly signals: readonly AbortSignal[];
}
