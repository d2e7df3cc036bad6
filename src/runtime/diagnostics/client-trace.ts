import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { ObservedClient } from '../observed-client.js';
import type { AnyCall } from '../transport.js';
import { CallTrace } from './call-trace.js';
import { attempts, calls, certificates, clients, retries } from './channels.js';
import { EndpointTrace } from './endpoint-trace.js';
import type { CertificateMessage, ClientMessage } from './messages.js';

/** Where a client's facts come from: they may change while it is used. */
interface ClientFacts {
  readonly name: string | undefined;
  readonly endpoints: readonly string[];
  readonly credentials: { readonly certificate: ClientCertificate | undefined };
}

/** A call that is about to begin. */
interface WatchedCall {
  readonly call: AnyCall;
  /** Whether it is a stream that goes on until its reader leaves it. */
  readonly follows: boolean;
}

/** Tells those who watch what a client does. */
export class ClientTrace {
  /** The client, as its messages have it. */
  readonly client: ObservedClient;
  readonly #now: () => number;

  constructor(facts: ClientFacts, now: () => number) {
    this.client = {
      name: facts.name,
      get endpoints() {
        return facts.endpoints;
      },
      get certificate() {
        return facts.credentials.certificate;
      },
    };
    this.#now = now;
    this.#publish('opened');
  }

  /** The client is closed. */
  closed(): void {
    this.#publish('closed');
  }

  /** What watches a call; absent when nobody does, and then nothing is allocated. */
  call(open: WatchedCall): CallTrace | undefined {
    if (!calls.hasSubscribers && !attempts.hasSubscribers && !retries.hasSubscribers) {
      return undefined;
    }
    return new CallTrace(this.client, open.call, open.follows, this.#now);
  }

  /** What watches an endpoint and its connections. */
  endpoint(address: string): EndpointTrace {
    return new EndpointTrace(this.client, address, this.#now);
  }

  /** The client certificate runs out soon. Returns whether somebody took note of it. */
  certificateExpires(certificate: ClientCertificate, leftMs: number): boolean {
    if (!certificates.hasSubscribers) return false;
    let noted = false;
    const suppressWarning = (): void => {
      noted = true;
    };
    const { client } = this;
    certificates.publish({
      client,
      certificate,
      leftMs,
      suppressWarning,
    } satisfies CertificateMessage);
    return noted;
  }

  #publish(state: ClientMessage['state']): void {
    if (!clients.hasSubscribers) return;
    clients.publish({ client: this.client, state } satisfies ClientMessage);
  }
}
