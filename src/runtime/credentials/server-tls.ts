import { anything } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from './credentials.js';
import type { Pem } from './pem.js';
import { secureMaterial } from './secure-context.js';
import { TlsCredentials } from './tls-credentials.js';

/** Options of TLS without a client certificate. */
export interface ServerTlsOptions {
  /** CA certificates to trust: one must have issued the server's. Default: as `systemRoots`. */
  readonly ca?: Pem | undefined;
}

const shape: Shape<ServerTlsOptions> = { ca: anything };

/**
 * Credentials for TLS without a client certificate. The server is verified by its chain and by its
 * name or IP; the client stays anonymous. Nodes refuse this outside maintenance mode. Proxies such
 * as Omni identify the caller by the metadata of the calls; `talos-client/siderov1` signs for Omni.
 *
 * @throws {TalosConfigError} naming `ca` when it cannot be used
 */
export function serverTls(options: ServerTlsOptions = {}): Credentials {
  checkOptions(options, shape, 'serverTls', '{ ca }');
  const { ca } = options;
  return new TlsCredentials({ kind: 'tls', ...secureMaterial({ ca }) });
}

/**
 * `serverTls` with the roots that Node trusts: its built-in ones, and those in the file that
 * `NODE_EXTRA_CA_CERTS` names. With `--use-openssl-ca` they are those of the machine.
 */
export function systemRoots(): Credentials {
  return serverTls();
}
