import { join } from 'node:path';
import { anything, callback, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { Credentials } from '../runtime/credentials/credentials.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { SideroV1Credentials } from '../siderov1/credentials.js';
import { type Login, loginOptions } from '../siderov1/login/options.js';
import { contextProblem, identityProblem } from '../siderov1/names.js';
import type { KeySource } from '../siderov1/signer.js';
import { placeOf, type TalosconfigContext } from './context.js';
import { type Environment, talosDirectory } from './find.js';
import { inHome } from './home-path.js';
import { configError } from './place.js';

/** How the calls of a context with `auth.siderov1` are signed. */
export interface SigningOptions {
  /**
   * The key of a service account, as Omni shows it. It signs in place of the user that the context
   * names. Secret. Default: `$SIDERO_SERVICE_ACCOUNT_KEY`, or else `$OMNI_SERVICE_ACCOUNT_KEY`.
   */
  readonly serviceAccountKey?: string | undefined;
  /**
   * The folder with the keys of users; `~` is the home folder. Default: `$SIDEROV1_KEYS_DIR`, or else `keys` in
   * `$TALOS_HOME` or `~/.talos`. A key that is not there is looked for in `talos/keys` of the user's
   * data folder (`$XDG_DATA_HOME`, `~/.local/share`).
   */
  readonly keysDirectory?: string | undefined;
  /**
   * Shows the address of a login when there is no key of the user, or Omni refuses it. Default: such
   * calls fail.
   */
  readonly login?: Login | undefined;
  /** Milliseconds that somebody has to log in. Default: 300000. */
  readonly loginTimeoutMs?: number | undefined;
}

export const signingShape: Shape<SigningOptions> = {
  serviceAccountKey: text,
  keysDirectory: text,
  login: callback,
  loginTimeoutMs: anything,
};

/**
 * Credentials that sign the calls of `context`.
 *
 * @param tls makes what secures the connections; called when the context can sign
 * @throws {TalosConfigError} naming what cannot be used. Whether the key can is only found out with
 * the first call.
 */
export function signingCredentials(
  context: TalosconfigContext,
  tls: () => Credentials,
  options: SigningOptions,
  env: Environment,
): Credentials {
  checkOptions(options, signingShape, 'siderov1');
  if (context.settings().basic !== undefined) {
    throw configError(
      'a context cannot sign its calls and send a password too: Omni takes the password for a ' +
        'token, and refuses the call; remove auth.basic',
      context[placeOf]('auth.basic'),
    );
  }
  const source = serviceAccountOf(options, env) ?? userKeyOf(context, options, env);
  return new SideroV1Credentials(tls(), async () => {
    const { signerFor } = await import('../siderov1/signer.js');
    return signerFor(source);
  });
}

const variables = ['SIDERO_SERVICE_ACCOUNT_KEY', 'OMNI_SERVICE_ACCOUNT_KEY'] as const;

/** A variable that is set counts, also when it is empty: Talos does not go on to the next. */
function serviceAccountOf(options: SigningOptions, env: Environment): KeySource | undefined {
  const { serviceAccountKey } = options;
  if (serviceAccountKey !== undefined) {
    return { kind: 'service-account', value: serviceAccountKey, field: 'serviceAccountKey' };
  }
  for (const field of variables) {
    const value = env[field];
    if (value !== undefined) return { kind: 'service-account', value, field };
  }
  return undefined;
}

function userKeyOf(
  context: TalosconfigContext,
  options: SigningOptions,
  env: Environment,
): KeySource {
  const { identity = '', name } = context;
  const key = 'auth.siderov1.identity';
  const problem = identityProblem(identity);
  if (problem !== undefined) throw configError(`an identity ${problem}`, context[placeOf](key));
  const nameProblem = contextProblem(name);
  if (nameProblem !== undefined) {
    throw configError(`the name of the context ${nameProblem}`, context[placeOf]('auth.siderov1'));
  }
  return {
    kind: 'user',
    identity,
    context: name,
    directories: keysDirectories(options, env),
    login: loginOptions(options.login, options.loginTimeoutMs),
  };
}

/** Where talosctl keeps keys, and where it kept them once. */
function keysDirectories({ keysDirectory }: SigningOptions, env: Environment): readonly string[] {
  if (keysDirectory === '') {
    throw new TalosConfigError('keysDirectory: must not be empty; leave it out for the usual one', {
      field: 'keysDirectory',
    });
  }
  const talos = talosDirectory(env);
  const named = keysDirectory || env.SIDEROV1_KEYS_DIR;
  const own = named ? inHome(named, env.HOME) : talos && join(talos, 'keys');
  const data = dataDirectory(env);
  const directories = [own, data && join(data, 'talos', 'keys')].filter((path) => path);
  if (directories.length > 0) return directories as readonly string[];
  throw new TalosConfigError(
    'keysDirectory: name the folder with the signing keys, since $HOME is not set',
    { field: 'keysDirectory' },
  );
}

/** The folder for data of the user (XDG base directories, and what macOS and Windows have instead). */
function dataDirectory({ XDG_DATA_HOME, HOME, LOCALAPPDATA }: Environment): string | undefined {
  if (XDG_DATA_HOME) return XDG_DATA_HOME;
  if (process.platform === 'win32') return LOCALAPPDATA;
  if (!HOME) return undefined;
  return process.platform === 'darwin'
    ? join(HOME, 'Library', 'Application Support')
    : join(HOME, '.local', 'share');
}
