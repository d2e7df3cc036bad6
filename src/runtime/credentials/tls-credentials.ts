import type { SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import type { Endpoint } from '../endpoints.js';
import type { MetadataInit } from '../metadata.js';
import type { ClientCertificate } from './client-certificate.js';
import { ConnectionLog } from './connection-log.js';
import type { ChannelSecurity, Credentials } from './credentials.js';
import { TlsChannelCredentials } from './tls-channel.js';
import { untrusted } from './tls-errors.js';

/** What TLS credentials consist of. */
export interface TlsParts {
  readonly kind: string;
  readonly context: SecureContext;
  readonly certificate?: ClientCertificate | undefined;
  readonly metadata?: MetadataInit | undefined;
}

/** Credentials that verify the server by its chain and by its name or IP. */
export class TlsCredentials implements Credentials {
  readonly kind: string;
  readonly certificate: ClientCertificate | undefined;
  readonly #context: SecureContext;
  readonly #metadata: MetadataInit | undefined;

  constructor({ kind, context, certificate, metadata }: TlsParts) {
    this.kind = kind;
    this.certificate = certificate;
    this.#context = context;
    this.#metadata = metadata;
  }

  get metadata(): MetadataInit | undefined {
    return this.#metadata;
  }

  /** What logs show, also where they ask for the values of getters. */
  [inspect.custom](): object {
    return { kind: this.kind, certificate: this.certificate };
  }

  channel(endpoint: Endpoint): ChannelSecurity {
    const log = new ConnectionLog();
    return {
      credentials: new TlsChannelCredentials({
        endpoint,
        context: this.#context,
        verify: untrusted,
        log,
      }),
      options: {},
      lastError: () => log.error,
    };
  }
}
