import { anything, callback, text, texts } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { Credentials } from '../runtime/credentials/credentials.js';
import { type Pem, refuse } from '../runtime/credentials/pem.js';
import { serverTls } from '../runtime/credentials/server-tls.js';
import { SideroV1Credentials } from './credentials.js';
import { type Login, loginOptions } from './login/options.js';
import { contextProblem, identityProblem } from './names.js';
import { signerFor } from './signer.js';

/** A service account of Omni that signs. */
export interface ServiceAccountOptions {
  /**
   * The key of the service account, as Omni shows it once when it makes one: base64 of JSON with
   * `name` and `pgp_key`. Secret.
   */
  readonly serviceAccountKey: string;
  /** CA certificates to trust. Default: the roots of `systemRoots`. */
  readonly ca?: Pem | undefined;
  readonly identity?: undefined;
}

/** A user of Omni who signs, with a key that talosctl and omnictl keep in the same files. */
export interface UserKeyOptions {
  /** The e-mail address of the user. */
  readonly identity: string;
  /** The name of the talosconfig context: key files are called `CONTEXT-IDENTITY.pgp`. */
  readonly context: string;
  /** The folders with key files, in the order to look in. New keys go to the first. */
  readonly keysDirectories: readonly string[];
  /**
   * Shows the address of a login when there is no key, or Omni refuses it. Without it such calls
   * fail, and the error says what to do.
   */
  readonly login?: Login | undefined;
  /** Milliseconds that somebody has to log in. Default: 300000. */
  readonly loginTimeoutMs?: number | undefined;
  /** CA certificates to trust. Default: the roots of `systemRoots`. */
  readonly ca?: Pem | undefined;
  readonly serviceAccountKey?: undefined;
}

/** Who signs: a service account or a user. */
export type SideroV1Options = ServiceAccountOptions | UserKeyOptions;

type AllOptions = {
  readonly [Key in keyof ServiceAccountOptions | keyof UserKeyOptions]?: unknown;
};

const shape: Shape<AllOptions> = {
  serviceAccountKey: text,
  identity: text,
  context: text,
  keysDirectories: texts('/home/me/.talos/keys'),
  login: callback,
  loginTimeoutMs: anything,
  ca: anything,
};

/**
 * Credentials for Omni, and for other servers that check SideroV1 signatures: every attempt of every
 * call is signed with the OpenPGP key of a service account or of a user. The server is verified by
 * its chain and name, as with `systemRoots`.
 *
 * A talosconfig context with `auth.siderov1` needs none of this: `loadTalosconfig()` makes these
 * credentials by itself.
 *
 * Behind Omni a call without a node goes to any control plane. So calls that act have to name their
 * node, even with a single endpoint.
 *
 * @example
 * ```ts
 * await using talos = createTalosClient({
 *   endpoints: ['https://example.omni.siderolabs.io'],
 *   credentials: siderov1({ serviceAccountKey }),
 *   cluster: 'prod',
 * });
 * ```
 * @throws {TalosConfigError} naming what cannot be used, without its value
 */
export function siderov1(options: SideroV1Options): Credentials {
  checkOptions<AllOptions>(options, shape, 'siderov1', '{ serviceAccountKey }');
  const tls = serverTls({ ca: options.ca });
  if (options.serviceAccountKey !== undefined) {
    if (options.identity !== undefined) {
      throw refuse('identity', 'a service account key is given too; leave out one of them');
    }
    const signer = signerFor({
      kind: 'service-account',
      value: options.serviceAccountKey,
      field: 'serviceAccountKey',
    });
    return new SideroV1Credentials(tls, async () => signer);
  }
  const { identity, context, keysDirectories, login } = options;
  if (identity === undefined) {
    throw refuse('serviceAccountKey', 'is missing; users need identity, context, keysDirectories');
  }
  refuseProblem('identity', identityProblem(identity));
  refuseProblem('context', contextProblem(context));
  if (!Array.isArray(keysDirectories) || keysDirectories.length === 0) {
    throw refuse('keysDirectories', 'name at least one folder, such as ~/.talos/keys in full');
  }
  const signer = signerFor({
    kind: 'user',
    identity,
    context,
    directories: keysDirectories,
    login: loginOptions(login, options.loginTimeoutMs),
  });
  return new SideroV1Credentials(tls, async () => signer);
}

function refuseProblem(field: string, problem: string | undefined): void {
  if (problem !== undefined) throw refuse(field, problem);
}
