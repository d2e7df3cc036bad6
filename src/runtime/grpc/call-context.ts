import type { Metadata, StatusObject } from '@grpc/grpc-js';
import { certificateProblem } from '../credentials/client-certificate.js';
import type { Credentials } from '../credentials/credentials.js';
import type { TalosConfigError } from '../errors/config-error.js';
import {
  deadlineError,
  type FailedCall,
  statusError,
  unreachableError,
} from '../errors/from-grpc.js';
import type { Outcome } from '../errors/outcome.js';
import type { TalosError } from '../errors/talos-error.js';
import type { AnyCall } from '../transport.js';
import type { Connection } from './connection.js';
import type { EndpointPool } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import type { MetadataCache } from './metadata.js';
import type { OpenCall } from './open-call.js';

/** What the calls of one client share. */
export class CallContext {
  readonly pool: EndpointPool;
  readonly metadata: MetadataCache;
  readonly open = new Set<OpenCall>();
  closed = false;
  readonly #credentials: Pick<Credentials, 'certificate'>;

  constructor(
    pool: EndpointPool,
    metadata: MetadataCache,
    credentials: Pick<Credentials, 'certificate'>,
  ) {
    this.pool = pool;
    this.metadata = metadata;
    this.#credentials = credentials;
  }

  /** Why the client certificate cannot be used now, if it cannot. */
  certificateProblem(): TalosConfigError | undefined {
    const { certificate } = this.#credentials;
    return certificate && certificateProblem(certificate);
  }

  /** The error of a call that ended with a failing status. */
  failed(
    call: AnyCall,
    connection: Connection | undefined,
    result: StatusObject,
    headers: Metadata | undefined,
    known: Pick<FailedCall, 'silent' | 'unsent' | 'byPeer' | 'earlier'>,
  ): TalosError {
    return statusError(result, {
      call,
      endpoint: connection?.endpoint.address,
      certificate: this.#credentials.certificate,
      contentType: headers?.get('content-type')[0]?.toString(),
      ...known,
      broken: connection?.broken,
    });
  }

  /** The error of a call whose deadline passed. */
  expired(
    call: AnyCall,
    connection: Connection | undefined,
    timeoutMs: number,
    outcome: Outcome,
  ): TalosError {
    const waiting = this.pool.slots
      .filter((slot) => slot.connecting)
      .map((slot) => `${slot.endpoint.address}: ${slot.progress}`);
    return deadlineError(call, connection?.endpoint.address, timeoutMs, waiting, outcome);
  }

  /** The error of a call for which no endpoint could be reached. */
  unreachable(call: AnyCall, slots: readonly EndpointSlot[]): TalosError {
    return unreachableError(
      call,
      slots.map(({ endpoint, lastError }) => ({ endpoint: endpoint.address, error: lastError })),
      this.#credentials.certificate,
    );
  }
}
