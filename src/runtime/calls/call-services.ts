import type { Connection, StreamEnd } from '../carriers/carrier.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import { certificateProblem } from '../credentials/client-certificate.js';
import type { ClientTrace } from '../diagnostics/client-trace.js';
import type { TalosConfigError } from '../errors/config-error.js';
import type { Outcome } from '../errors/outcome.js';
import type { TalosError } from '../errors/talos-error.js';
import { checkMetadata, type MetadataInit } from '../metadata.js';
import type { AnyCall } from '../transport.js';
import type { AttemptHook } from './attempt-hook.js';
import type { Clock } from './clock.js';
import type { EndpointPool } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import type { FailedCall } from './failed-call.js';
import { deadlineError, endError, unreachableError } from './failures.js';
import { OpenCalls } from './open-calls.js';

/** The identity with which a client makes its calls. */
export interface Caller {
  readonly certificate: ClientCertificate | undefined;
  readonly metadata: MetadataInit | undefined;
}

/** What the calls of one client share. */
export class CallServices {
  readonly pool: EndpointPool;
  readonly clock: Clock;
  readonly hook: AttemptHook | undefined;
  readonly trace: ClientTrace;
  readonly open = new OpenCalls();
  closed = false;
  readonly #caller: Caller;
  readonly #metadata: MetadataInit | undefined;
  readonly #checked = new WeakMap<MetadataInit, MetadataInit>();

  constructor(
    pool: EndpointPool,
    caller: Caller,
    clock: Clock,
    hook: AttemptHook | undefined,
    trace: ClientTrace,
  ) {
    this.trace = trace;
    this.pool = pool;
    this.#caller = caller;
    this.#metadata = caller.metadata && checkMetadata(caller.metadata, 'credentials.metadata');
    this.clock = clock;
    this.hook = hook;
  }

  /** Why the client certificate cannot be used now, if it cannot. */
  certificateProblem(): TalosConfigError | undefined {
    const { certificate } = this.#caller;
    return certificate && certificateProblem(certificate);
  }

  /**
   * The metadata to send with a call: its own, and that of the credentials; its own wins. Made once
   * for each object, so that carriers can keep what they make of it.
   *
   * @throws {TalosConfigError} when a name or a value cannot be sent in a header
   */
  metadata(own: MetadataInit): MetadataInit {
    const known = this.#checked.get(own);
    if (known !== undefined) return known;
    const made = { ...this.#metadata, ...checkMetadata(own, 'metadata') };
    this.#checked.set(own, made);
    return made;
  }

  /** The error of a call whose stream ended with `end`. */
  failed(
    call: AnyCall,
    connection: Connection | undefined,
    end: StreamEnd,
    known: Pick<FailedCall, 'headers' | 'sent' | 'earlier'>,
  ): TalosError {
    return endError(end, {
      call,
      endpoint: connection?.endpoint.address,
      certificate: this.#caller.certificate,
      ...known,
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
      this.#caller.certificate,
    );
  }
}
