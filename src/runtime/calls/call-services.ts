import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { ClientTrace } from '../diagnostics/client-trace.js';
import type { TalosConfigError } from '../errors/config-error.js';
import type { TalosError } from '../errors/talos-error.js';
import { checkMetadata, type MetadataInit } from '../metadata.js';
import type { AnyCall } from '../transport.js';
import type { AttemptHook } from './attempt-hook.js';
import { CertificateWatch } from './certificate-watch.js';
import type { Clock } from './clock.js';
import type { EndpointPool } from './endpoint-pool.js';
import type { EndpointSlot } from './endpoint-slot.js';
import { deadlineError, type GivenUp, unreachableError } from './failures.js';
import { OpenCalls } from './open-calls.js';
import type { RetryBudget } from './retry-budget.js';

/** The identity with which a client makes its calls. */
export interface Caller {
  readonly certificate: ClientCertificate | undefined;
  readonly metadata: MetadataInit | undefined;
}

/** What the calls of one client are made with. */
export interface CallParts {
  readonly pool: EndpointPool;
  readonly caller: Caller;
  readonly clock: Clock;
  /** As `Math.random`. */
  readonly random: () => number;
  readonly hook: AttemptHook | undefined;
  readonly trace: ClientTrace;
  readonly budget: RetryBudget;
}

/** What the calls of one client share. */
export class CallServices {
  readonly pool: EndpointPool;
  readonly clock: Clock;
  readonly hook: AttemptHook | undefined;
  readonly budget: RetryBudget;
  /** As `Math.random`. */
  readonly random: () => number;
  readonly trace: ClientTrace;
  readonly open = new OpenCalls();
  closed = false;
  readonly #caller: Caller;
  readonly #certificates: CertificateWatch;
  readonly #metadata: MetadataInit | undefined;
  readonly #checked = new WeakMap<MetadataInit, MetadataInit>();

  constructor({ pool, caller, clock, random, hook, trace, budget }: CallParts) {
    this.trace = trace;
    this.pool = pool;
    this.#caller = caller;
    this.#metadata = caller.metadata && checkMetadata(caller.metadata, 'credentials.metadata');
    this.clock = clock;
    this.random = random;
    this.hook = hook;
    this.#certificates = new CertificateWatch(trace);
    this.budget = budget;
  }

  /** The client certificate; absent when there is none. */
  get certificate(): ClientCertificate | undefined {
    return this.#caller.certificate;
  }

  /** Why the client certificate cannot be used now, if it cannot. */
  certificateProblem(): TalosConfigError | undefined {
    const { certificate } = this.#caller;
    return certificate && this.#certificates.problem(certificate);
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

  /** The error of a call whose deadline passed. */
  expired(given: GivenUp): TalosError {
    const waiting = this.pool.slots
      .filter((slot) => slot.connecting)
      .map((slot) => `${slot.endpoint.address}: ${slot.progress}`);
    return deadlineError(given, given.call.timeoutMs as number, waiting);
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
