import type { Endpoint } from '../dial/endpoint.js';
import type { Security } from '../dial/security.js';
import type { MetadataInit } from '../metadata.js';
import type { ClientCertificate } from './client-certificate.js';

export type { ClientCertificate };

/**
 * Who the client is, and whom it trusts. Made by `mtls`, `serverTls`, `systemRoots`, `basicAuth`,
 * `maintenance` and `plaintext`; other ways to authenticate implement it themselves.
 *
 * Credentials may be logged and serialised: they show nothing secret.
 */
export interface Credentials {
  /** Which way to authenticate it is, such as `mtls`. */
  readonly kind: string;
  /**
   * The client certificate; absent when there is none. Read anew for each call, so that credentials
   * may come by it late, or replace it.
   */
  readonly certificate: ClientCertificate | undefined;
  /** Metadata that goes with every call, such as `authorization`. Secret. */
  readonly metadata: MetadataInit | undefined;
  /**
   * How the connections to an endpoint are secured. Asked once per endpoint, and again after it
   * failed.
   */
  security(endpoint: Endpoint): Security | Promise<Security>;
}
