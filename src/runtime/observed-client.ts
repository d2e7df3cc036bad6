import type { ClientCertificate } from './credentials/client-certificate.js';

/**
 * The client that a message of `talos-client/diagnostics` is about: the same object in all messages
 * of one client, until `reload()` gives it other endpoints or credentials.
 */
export interface ObservedClient {
  /** The `name` of its options, by which those who watch know it; absent when it has none. */
  readonly name: string | undefined;
  /** The endpoints of the client, as `host:port`. */
  readonly endpoints: readonly string[];
  /** The client certificate at the moment; absent when there is none. */
  readonly certificate: ClientCertificate | undefined;
}
