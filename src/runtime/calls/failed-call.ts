import type { ReceivedFields } from '../carriers/carrier.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { AnyCall } from '../transport.js';

/** What is known about a call that failed. */
export interface FailedCall {
  readonly call: AnyCall;
  readonly endpoint: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** The headers that came before the end, if any. */
  readonly headers: ReceivedFields | undefined;
}
