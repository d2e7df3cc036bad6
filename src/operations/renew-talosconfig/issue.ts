import { X509Certificate } from 'node:crypto';
import { configuration } from '../../../generated/features/configuration.js';
import type { Credentials } from '../../runtime/credentials/credentials.js';
import { mtls } from '../../runtime/credentials/index.js';
import { readCertificates } from '../../runtime/credentials/key-material.js';
import type { Target } from '../../runtime/target.js';
import { fromMs } from '../../runtime/time.js';
import { readControlPlanes } from '../etcd/control-planes.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { RenewTalosconfigStep } from './step.js';

/** A client certificate with its key, as PEM texts. They are secret. */
export interface Issued {
  readonly ca: string;
  readonly crt: string;
  readonly key: string;
  readonly credentials: Credentials;
}

/** What is asked for. */
export interface Wish {
  readonly roles: readonly string[];
  readonly lifetimeMs: number;
}

const LOOK = { everyMs: 2_000, attemptMs: 15_000, isFinal: isRefusal } as const;

/**
 * Has a control plane issue a client certificate: the node that is named, or any that answers. That
 * changes nothing on the node, so that it may be asked for again.
 */
export async function issue(
  operation: Operation<RenewTalosconfigStep>,
  target: Target,
  { roles, lifetimeMs }: Wish,
): Promise<Issued> {
  const reading = { ...LOOK, what: 'the control planes' };
  const nodes = await poll(operation, reading, async (attempt) => {
    if (target.address !== undefined) return { found: [target] };
    const found = await readControlPlanes(target, attempt);
    return { found: found.length > 0 ? found.map(({ node }) => node) : [target] };
  });
  let next = 0;
  const issuing = { ...LOOK, what: 'a control plane to issue a certificate' };
  return poll(operation, issuing, async (attempt) => {
    const node = nodes[next % nodes.length] ?? target;
    next += 1;
    const request = { roles: [...roles], crtTtl: fromMs(lifetimeMs) };
    const reply = await configuration(node).generateClientConfiguration(request, attempt);
    const [ca, crt, key] = [reply.ca, reply.crt, reply.key].map((pem) =>
      Buffer.from(pem).toString(),
    );
    return { found: checked(operation, { ca, crt, key }, roles) };
  });
}

/** What a node gave, if it is what was asked for. */
function checked(
  operation: Operation<RenewTalosconfigStep>,
  { ca = '', crt = '', key = '' }: { readonly [Key in 'ca' | 'crt' | 'key']: string | undefined },
  roles: readonly string[],
): Issued {
  let credentials: Credentials;
  try {
    // Refuses a key that is not that of the certificate.
    credentials = mtls({ ca, cert: crt, key });
    if (!isIssuedBy(crt, ca)) throw new Error('its CA did not issue it');
  } catch (cause) {
    throw operation.failure(`the node gave no certificate to use: ${(cause as Error).message}`, {
      cause,
    });
  }
  const given = credentials.certificate?.roles ?? [];
  if ([...given].sort().join() !== [...roles].sort().join()) {
    throw operation.failure(`the node gave a certificate for ${given.join(', ') || 'no role'}`);
  }
  return { ca, crt, key, credentials };
}

/** Whether one of the CA certificates in `ca` has issued a certificate. Both are PEM texts. */
export function isIssuedBy(crt: string, ca: string): boolean {
  const certificate = new X509Certificate(crt);
  return readCertificates(ca, 'ca').some(
    (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  );
}
