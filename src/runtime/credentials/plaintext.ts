import type { Security } from '../dial/security.js';
import type { Credentials } from './credentials.js';

/**
 * No TLS and no identity: for tests, and for unix sockets and loopback where something else
 * secures the way. The Talos API itself speaks TLS only.
 */
export function plaintext(): Credentials {
  return {
    kind: 'plaintext',
    certificate: undefined,
    metadata: undefined,
    security: (): Security => ({ tls: undefined }),
  };
}
