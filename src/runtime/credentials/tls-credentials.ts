import type { SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import type { Security } from '../dial/security.js';
import { untrusted } from '../dial/tls-errors.js';
import type { MetadataInit } from '../metadata.js';
import type { ClientCertificate } from './client-certificate.js';
import type { Credentials } from './credentials.js';

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

  security(): Security {
    return { tls: { context: this.#context, verify: untrusted } };
  }
}
