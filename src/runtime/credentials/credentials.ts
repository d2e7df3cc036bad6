import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { Endpoint } from '../endpoints.js';
import type { TalosError } from '../errors/talos-error.js';
import type { MetadataInit } from '../metadata.js';
import type { ClientCertificate } from './client-certificate.js';
import type { ConnectionError } from './connection-error.js';

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
  /** What grpc-js needs to reach one endpoint. Called once per endpoint. */
  channel(endpoint: Endpoint): ChannelSecurity | Promise<ChannelSecurity>;
}

/** How the channel to one endpoint is secured. */
export interface ChannelSecurity {
  readonly credentials: ChannelCredentials;
  /** Channel options that belong to the credentials. */
  readonly options: ChannelOptions;
  /**
   * What has to be mended on this side before a connection can succeed, as the last attempt to
   * connect found out: the node's key has another fingerprint than those given. Absent while
   * connected, and when the last attempt failed for another reason.
   */
  readonly failure?: () => TalosError | undefined;
  /**
   * Why the last attempt to connect failed, or how the last connection broke. Says by its
   * `problem` what grpc-js has only as text. Absent while all is well.
   */
  readonly lastError?: () => ConnectionError | undefined;
}
