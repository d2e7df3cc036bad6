import { spread } from '../runtime/calls/spread.js';
import type { BreakerState } from '../runtime/diagnostics/messages.js';
import type { TalosRpcError } from '../runtime/errors/rpc-error.js';

/** When the breaker of a node opens, and what it measures time with. */
export interface NodeBreakerSettings {
  readonly failures: number;
  readonly firstMs: number;
  readonly maxMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

type Listener = (
  state: BreakerState,
  cause: TalosRpcError | undefined,
  forMs: number | undefined,
) => void;

/** Why a call is refused. */
export interface Refusal {
  /** The failure that opened the breaker. */
  readonly cause: TalosRpcError;
  /** Milliseconds until a call that reads is let through; 0 when one is, or may be, on its way. */
  readonly leftMs: number;
}

/** The breaker of one node. */
export class NodeBreaker {
  readonly #settings: NodeBreakerSettings;
  readonly #changed: Listener;
  #state: BreakerState = 'closed';
  #failures = 0;
  #opened = 0;
  #until = 0;
  #cause: TalosRpcError | undefined;
  /** Whether the call that tries the node is under way. */
  #trying = false;

  constructor(settings: NodeBreakerSettings, changed: Listener) {
    this.#settings = settings;
    this.#changed = changed;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether a call may pass. One that reads may be the one that tries the node. */
  admit(reads: boolean): Refusal | 'passes' | 'tries' {
    if (this.#state === 'closed' || this.#cause === undefined) return 'passes';
    const leftMs = Math.max(0, this.#until - this.#settings.now());
    if (leftMs > 0 || !reads || this.#trying) return { cause: this.#cause, leftMs };
    this.#trying = true;
    this.#to('half-open');
    return 'tries';
  }

  /** A call failed because the node is not there. */
  failed(cause: TalosRpcError): void {
    const { failures, firstMs, maxMs, now, random } = this.#settings;
    this.#cause = cause;
    this.#failures += 1;
    // Calls that began before it opened say nothing new.
    if (this.#state === 'open') return;
    if (this.#state === 'closed' && this.#failures < failures) return;
    const wholeMs = Math.min(firstMs * 2 ** this.#opened, maxMs);
    const forMs = spread(wholeMs, random);
    this.#opened += 1;
    this.#trying = false;
    this.#until = now() + forMs;
    this.#to('open', forMs);
  }

  /** The node answers. */
  worked(): void {
    this.#trying = false;
    this.#cause = undefined;
    if (this.#state !== 'closed') this.#to('closed');
  }

  /** The call that tried the node ended without a word about it: another one may try. */
  unsettled(): void {
    this.#trying = false;
  }

  #to(state: BreakerState, forMs?: number): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#changed(state, this.#cause, forMs);
  }
}
