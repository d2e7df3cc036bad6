import type { Security } from '../dial/security.js';
import type { Credentials } from './credentials.js';

/**
 * Credentials without TLS and without an identity: for tests, and for unix sockets and loopback
 * connections that something else secures. The Talos API itself accepts only TLS.
 */
export function plaintext(): Credentials {
  return {
    kind: 'plaintext',
    certificate: undefined,
    metadata: undefined,
    security: (): Security => ({ tls: undefined }),
  };
}
