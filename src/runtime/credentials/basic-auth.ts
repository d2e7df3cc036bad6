import { anything } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from './credentials.js';
import { type Pem, refuse } from './pem.js';
import { secureMaterial } from './secure-context.js';
import { TlsCredentials } from './tls-credentials.js';

/** A user name and a password, and the TLS settings of the connection. */
export interface BasicAuthOptions {
  readonly username: string;
  readonly password: string;
  /** CA certificates to trust. Default: the roots of `systemRoots`. */
  readonly ca?: Pem | undefined;
  /** A client certificate, if the server wants one too. */
  readonly cert?: Pem | undefined;
  /** The private key of the client certificate. */
  readonly key?: Pem | undefined;
}

const shape: Shape<BasicAuthOptions> = {
  username: anything,
  password: anything,
  ca: anything,
  cert: anything,
  key: anything,
};

/**
 * Credentials with a user name and a password. They go with every call as HTTP Basic
 * authentication, over TLS to a verified server. Nodes ignore them; load balancers in front of
 * nodes may not.
 *
 * @throws {TalosConfigError} naming what cannot be used, without its value
 */
export function basicAuth(options: BasicAuthOptions): Credentials {
  checkOptions(options, shape, 'basicAuth', '{ username, password }');
  const { username, password, ca, cert, key } = options;
  const login = Buffer.from(`${check(username, 'username')}:${check(password, 'password')}`);
  if (username === '' || username.includes(':')) {
    throw refuse('username', 'must not be empty and must hold no colon');
  }
  return new TlsCredentials({
    kind: 'basic',
    ...secureMaterial({ ca, cert, key }),
    metadata: { authorization: `Basic ${login.toString('base64')}` },
  });
}

/** Returns `value` if HTTP Basic authentication (RFC 7617) can carry it. */
function check(value: string, field: string): string {
  if (typeof value !== 'string') throw refuse(field, 'must be a string');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it must not hold.
  if (/[\x00-\x1f\x7f]/.test(value)) throw refuse(field, 'must hold no control characters');
  return value;
}
