import { anything } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from './credentials.js';
import type { Pem } from './pem.js';
import { secureMaterial } from './secure-context.js';
import { TlsCredentials } from './tls-credentials.js';

/** Whose certificates a client accepts that shows none itself. */
export interface ServerTlsOptions {
  /** The CA certificates that the server's has to come from. Absent: the system's roots. */
  readonly ca?: Pem | undefined;
}

const shape: Shape<ServerTlsOptions> = { ca: anything };

/**
 * TLS without a client certificate: the server is verified by its chain and its name or IP, and
 * the client stays unknown. Nodes refuse it outside maintenance mode; proxies such as Omni know the
 * caller by what else goes with the calls.
 *
 * @throws {TalosConfigError} naming `ca` when it cannot be used
 */
export function serverTls(options: ServerTlsOptions = {}): Credentials {
  checkOptions(options, shape, 'serverTls', '{ ca }');
  const { ca } = options;
  return new TlsCredentials({ kind: 'tls', ...secureMaterial({ ca }) });
}

/**
 * `serverTls` with the roots Node trusts: those it brings along and those in the file that
 * `NODE_EXTRA_CA_CERTS` names; with `--use-openssl-ca`, those of the machine.
 */
export function systemRoots(): Credentials {
  return serverTls();
}
