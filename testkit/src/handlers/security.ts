import { type Authority, signRequest } from 'talos-client/pki';
import type { SecurityMethods } from 'talos-client/security';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { config } from '../topics/config/config.js';

/** What trustd of a control plane does: it issues the certificates of workers. */
export const securityHandlers: HandlersOf<SecurityMethods> = {
  async certificate({ machine, metadata }, { csr }) {
    const trust = machine.identity?.trust;
    const token = machine.state(config).active?.node?.token;
    if (trust === undefined || token === undefined || metadata.get('token')?.[0] !== token) {
      throw new ServerStatus('unauthenticated', 'invalid token');
    }
    const authority = await trust.authority();
    const crt = certificateFor(authority, Buffer.from(csr).toString());
    return { ca: Buffer.from(await trust.accepted()), crt: Buffer.from(crt) };
  },
};

function certificateFor(authority: Authority, csr: string): string {
  try {
    return signRequest(authority, csr);
  } catch (cause) {
    throw new ServerStatus('invalid-argument', 'failed to parse CSR', { cause });
  }
}
