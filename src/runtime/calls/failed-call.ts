import type { ReceivedFields } from '../carriers/carrier.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { Outcome } from '../errors/outcome.js';
import type { AnyCall } from '../transport.js';

/** What is known about a call that failed. */
export interface FailedCall {
  readonly call: AnyCall;
  readonly endpoint: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** The headers that came before the end, if any. */
  readonly headers: ReceivedFields | undefined;
  /** Whether anything of the attempt may have left this side. */
  readonly sent: boolean;
  /** How the attempt before this one ended, if there was one. */
  readonly earlier: Outcome | undefined;
  /** How many attempts there were. */
  readonly attempts: number;
}
