import type { ClientCertificate, Credentials, Endpoint, Security } from 'talos-client';
import { certificateProblem, maintenance, mtls, serverTls } from 'talos-client';
import type { Issued } from 'talos-client/pki';
import type { ClientCertificates } from '../base/pki/client-certificates.js';

/** Whom a client of the cluster is, and whom it talks to. */
export interface ClientCredentialsOptions {
  readonly pki: ClientCertificates;
  /** Absent for trustd, which asks for none. */
  readonly certificate: (() => Promise<Issued>) | undefined;
  /**
   * The fingerprint of the node at an endpoint such as `127.0.0.1:41234`, if that node is in
   * maintenance.
   */
  readonly fingerprint: (address: string) => Promise<string> | undefined;
}

/**
 * The credentials of `cluster.client()` over TLS: a certificate that is issued at the first
 * connection, and for nodes in maintenance the fingerprint of their key.
 */
export class ClientCredentials implements Credentials {
  readonly kind = 'testkit';
  readonly metadata = undefined;
  #certificate: ClientCertificate | undefined;
  readonly #options: ClientCredentialsOptions;

  constructor(options: ClientCredentialsOptions) {
    this.#options = options;
  }

  /** Known since the first connection; absent while that is to a node in maintenance, or trustd. */
  get certificate(): ClientCertificate | undefined {
    return this.#certificate;
  }

  async security(endpoint: Endpoint): Promise<Security> {
    const { pki, certificate, fingerprint } = this.#options;
    const seen = await fingerprint(endpoint.address);
    if (seen !== undefined) return maintenance({ fingerprints: [seen] }).security(endpoint);
    const ca = await pki.ca();
    if (certificate === undefined) return serverTls({ ca }).security(endpoint);
    const { cert, key } = await certificate();
    const credentials = mtls({ ca, cert, key });
    this.#certificate = credentials.certificate && checkedByNodes(credentials.certificate);
    return credentials.security(endpoint);
  }
}

/** Leaves it to the nodes to refuse a certificate out of its time: `flaw` is there to see that. */
function checkedByNodes(certificate: ClientCertificate): ClientCertificate {
  return certificateProblem(certificate) === undefined
    ? certificate
    : { ...certificate, notBefore: new Date(0), notAfter: new Date(8.64e15) };
}
