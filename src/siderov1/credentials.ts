import { inspect } from 'node:util';
import type { Attempt } from '../runtime/calls/attempt-hook.js';
import type { SigningCredentials } from '../runtime/calls/signing.js';
import type { ClientCertificate, Credentials } from '../runtime/credentials/credentials.js';
import type { Endpoint } from '../runtime/dial/endpoint.js';
import type { Security } from '../runtime/dial/security.js';
import type { MetadataInit } from '../runtime/metadata.js';
import type { Transport } from '../runtime/transport.js';
import { SignedTransport } from './signed-transport.js';
import type { Signer } from './signer.js';

/** Credentials that sign calls. `tls` says how connections are secured. */
export class SideroV1Credentials implements SigningCredentials {
  readonly kind = 'siderov1';
  readonly metadata = undefined;
  readonly #tls: Credentials;
  readonly #load: () => Promise<Signer>;
  #signer: Promise<Signer> | undefined;

  /** @param load called with the first call, so that programs load what signs only if they need it */
  constructor(tls: Credentials, load: () => Promise<Signer>) {
    this.#tls = tls;
    this.#load = load;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#tls.certificate;
  }

  security(endpoint: Endpoint): Security | Promise<Security> {
    return this.#tls.security(endpoint);
  }

  async sign(attempt: Attempt): Promise<MetadataInit> {
    return (await this.#loaded()).sign(attempt);
  }

  over(transport: Transport): Transport {
    return new SignedTransport(transport, () => this.#loaded());
  }

  #loaded(): Promise<Signer> {
    this.#signer ??= this.#load();
    return this.#signer;
  }

  /** What logs show, also where they ask for the values of getters. */
  [inspect.custom](): object {
    return { kind: this.kind, certificate: this.certificate };
  }
}
