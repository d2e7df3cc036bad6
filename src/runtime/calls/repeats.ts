import type { Endpoint } from '../dial/endpoint.js';
import type { RetryPolicy } from '../retry-options.js';
import type { AnyCall } from '../transport.js';
import type { CallServices } from './call-services.js';
import { type AttemptFailure, mayRepeat, pushback } from './repeat.js';

/** Nodes that are short of something get this many times as long. */
const SLOW = 10;

/** What follows on a failed attempt. */
export type Next =
  /** The next attempt begins in `waitMs`. */
  | { readonly waitMs: number }
  /** The call ends. */
  | 'stop'
  /** The call ends, because too many calls were made again of late. */
  | 'budget-spent';

/**
 * The repeats of one call. The next endpoint is tried at once, as long as there is one that was not
 * tried. After that there are waits, each a random part of a time that doubles.
 */
export class Repeats {
  readonly #call: AnyCall;
  readonly #services: CallServices;
  readonly #policy: Exclude<RetryPolicy, false>;
  readonly #deadline: number;
  /** When the last repeat may begin: some time after the first failure. */
  until: number;
  /** The endpoints to avoid. */
  #tried = new Set<Endpoint>();
  #waits = 0;
  /** What it took from the budget. */
  taken = 0;
  /** Whether a repeat is due that costs nothing, since the attempt never got to the peer. */
  #free = true;

  constructor(
    call: AnyCall,
    services: CallServices,
    policy: Exclude<RetryPolicy, false>,
    deadline: number,
  ) {
    this.#call = call;
    this.#services = services;
    this.#policy = policy;
    this.#deadline = deadline;
    this.until = services.clock.now() + policy.forMs;
  }

  get tried(): ReadonlySet<Endpoint> {
    return this.#tried;
  }

  /** What follows on an attempt that failed. */
  next(failure: AttemptFailure, endpoint: Endpoint | undefined): Next {
    if (!mayRepeat(this.#call, failure)) return 'stop';
    const { clock } = this.#services;
    const waitMs = this.#waitMs(failure, endpoint, this.until - clock.now());
    if (waitMs === undefined || clock.now() + waitMs >= this.#deadline) return 'stop';
    if (!this.#isFree(failure)) {
      if (!this.#services.budget.take(this.#call.node)) return 'budget-spent';
      this.taken += 1;
    }
    return { waitMs };
  }

  /** The wait before the next attempt; absent when there is no time for it. */
  #waitMs(
    failure: AttemptFailure,
    endpoint: Endpoint | undefined,
    leftMs: number,
  ): number | undefined {
    if (leftMs <= 0) return undefined;
    if (endpoint !== undefined) this.#tried.add(endpoint);
    const least =
      failure.end === 'unreachable' ? this.#services.pool.restMs : pushback(failure.end);
    if (least === 'never') return undefined;
    if (least === undefined && this.#isDueAtOnce(failure)) return 0;
    // From now on endpoints are asked again; only that of the last attempt is avoided.
    this.#tried = new Set(endpoint === undefined ? [] : [endpoint]);
    const waitMs = Math.max(least ?? 0, Math.min(this.#backoffMs(failure), leftMs));
    return waitMs > leftMs ? undefined : waitMs;
  }

  #isDueAtOnce({ end }: AttemptFailure): boolean {
    if (this.#waits > 0) return false;
    if (this.#services.pool.hasOther(this.#tried)) return true;
    // An old connection may have been dead for long: the first thing is to make a new one.
    const broke = typeof end !== 'string' && (end.kind === 'unsent' || end.kind === 'lost');
    if (broke) this.#waits += 1;
    return broke;
  }

  #backoffMs({ status }: AttemptFailure): number {
    const { firstMs, maxMs } = this.#policy;
    const slow = status === 'resource-exhausted' ? SLOW : 1;
    const longest = Math.min(firstMs * slow * 2 ** Math.min(this.#waits, 30), maxMs * slow);
    this.#waits += 1;
    return this.#services.random() * longest;
  }

  /**
   * To wait for an endpoint loads none: however many calls wait, one connection is tried. And what
   * never got to the peer was no load either; but only once, since something must be wrong then.
   */
  #isFree({ end }: AttemptFailure): boolean {
    if (end === 'unreachable') return true;
    if (typeof end === 'string' || end.kind !== 'unsent' || !this.#free) return false;
    this.#free = false;
    return true;
  }
}
