import type { Endpoint } from '../dial/endpoint.js';
import type { Security } from '../dial/security.js';
import type { MetadataInit } from '../metadata.js';
import type { ClientCertificate } from './client-certificate.js';

export type { ClientCertificate };

/**
 * Who the client is, and whom it trusts. Made by `mtls`, `serverTls`, `systemRoots`, `basicAuth`,
 * `maintenance` and `plaintext`. For another way to authenticate, implement this interface, or
 * `SigningCredentials` if every attempt of a call has to be signed.
 *
 * Credentials may be logged and serialised: the library's own show nothing secret.
 */
export interface Credentials {
  /** The way to authenticate, such as `mtls`. */
  readonly kind: string;
  /**
   * The client certificate; absent when there is none. It is read again for each call, so that
   * credentials may get it late, or replace it.
   */
  readonly certificate: ClientCertificate | undefined;
  /** Metadata that goes with every call, such as `authorization`. Secret. */
  readonly metadata: MetadataInit | undefined;
  /**
   * How the connections to an endpoint are secured. Called once per endpoint, and again if that
   * failed.
   */
  security(endpoint: Endpoint): Security | Promise<Security>;
}
