import { TalosClosedError } from '../../runtime/errors/closed-error.js';
import { logIn } from '../login/log-in.js';
import type { LoginOptions } from '../login/options.js';
import type { SigningKey } from '../openpgp/signing-key.js';
import { KeyFile, type KeyFileOptions, keyError } from './key-file.js';
import type { Asking, Keys } from './keys.js';
import { SingleFlight } from './single-flight.js';
import { unfit } from './validity.js';

/** The key of a user: where it is kept, and how to get another one. */
export interface UserKeysOptions extends KeyFileOptions {
  /** Absent for a program that nobody sits at. */
  readonly login: LoginOptions | undefined;
}

/**
 * The key of a user, from a file that other programs write too. When it is missing, runs out or is
 * refused, the file is read again, and then somebody is asked to log in. Calls that need a key at
 * the same time wait for the same one.
 */
export class UserKeys implements Keys {
  readonly identity: string;
  readonly advice: string;
  readonly #file: KeyFile;
  readonly #login: LoginOptions | undefined;
  readonly #clock: () => number;
  readonly #renewal = new SingleFlight<boolean>();
  #key: SigningKey | undefined;
  /** The fingerprint of a key that Omni refused. */
  #distrusted: string | undefined;

  constructor(options: UserKeysOptions, clock: () => number) {
    this.identity = options.identity;
    this.#login = options.login;
    this.#file = new KeyFile(options);
    this.#clock = clock;
    this.advice =
      this.#login === undefined
        ? 'log in with talosctl or omnictl, or give the option `login`'
        : 'log in again';
  }

  get current(): SigningKey | undefined {
    return this.#key;
  }

  ready(asking: Asking): undefined | Promise<boolean> {
    const key = this.#key;
    const isTrusted = key !== undefined && key.fingerprint !== this.#distrusted;
    if (isTrusted && unfit(key, this.#clock()) === undefined) return undefined;
    return this.#renew(this.#distrusted, asking);
  }

  distrust(refused: string): void {
    this.#distrusted = refused;
  }

  async renewed(refused: string, asking: Asking): Promise<boolean> {
    if (this.#key?.fingerprint === refused) await this.#renew(refused, asking);
    return this.#key?.fingerprint !== refused;
  }

  /** Gets another key than `refused`, if it can; says whether somebody logged in for it. */
  async #renew(refused: string | undefined, asking: Asking): Promise<boolean> {
    for (;;) {
      const isOwn = !this.#renewal.inFlight;
      try {
        return await this.#renewal.join(
          (signal) => this.#get(refused, asking, signal),
          asking.signals,
        );
      } catch (error) {
        // Another client began the login, and was closed: that is no reason to fail here.
        if (isOwn || !(error instanceof TalosClosedError)) throw error;
      }
    }
  }

  async #get(
    refused: string | undefined,
    { transport }: Asking,
    signal: AbortSignal,
  ): Promise<boolean> {
    const found = await this.#file.read(this.#clock());
    if ('key' in found && found.key.fingerprint !== refused) {
      this.#key = found.key;
      return false;
    }
    if (this.#login === undefined || ('reason' in found && !found.renewable)) {
      // The file holds the refused key still.
      if (!('reason' in found)) return false;
      const { path, reason, renewable } = found;
      throw keyError(path, renewable ? `${reason}; ${this.advice}` : reason);
    }
    await this.#file.prepare();
    const { key, privateArmor } = await logIn(this.#login, {
      identity: this.identity,
      transport,
      signal,
      now: this.#clock(),
    });
    this.#key = key;
    await this.#file.write(privateArmor);
    return true;
  }
}
