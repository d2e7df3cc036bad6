import { credentials as grpc } from '@grpc/grpc-js';
import type { ChannelSecurity, Credentials } from './credentials.js';

/**
 * No TLS and no identity: for tests, and for unix sockets and loopback where something else
 * secures the way. The Talos API itself speaks TLS only.
 */
export function plaintext(): Credentials {
  return {
    kind: 'plaintext',
    certificate: undefined,
    metadata: undefined,
    channel: (): ChannelSecurity => ({ credentials: grpc.createInsecure(), options: {} }),
  };
}
