import type { Clock } from './clock.js';

/** Less than this is not shared between attempts, in milliseconds. */
const LEAST_SHARE_MS = 20;

/** The call whose deadline it is. */
export interface DeadlineOwner {
  /** The deadline passed. */
  expire(): void;
  /** The attempt that is open has had half of the time that there was when it began. */
  shareOver(): void;
}

/**
 * The deadline of a call. A call that may go to another endpoint gives each attempt half of the time
 * that is left when it begins, so that a silent endpoint leaves time for another one.
 */
export class Deadline {
  /** On the clock of the calls; `Infinity` for none. */
  readonly at: number;
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner;
  readonly #shares: boolean;
  #timer: unknown;
  /** Whether the timer stands for a share, and not for the deadline itself. */
  #isShare = false;
  #attemptAt: number | undefined;
  #stopped = false;

  constructor(clock: Clock, timeoutMs: number | undefined, shares: boolean, owner: DeadlineOwner) {
    this.#clock = clock;
    this.#owner = owner;
    this.#shares = shares;
    this.at = timeoutMs === undefined ? Infinity : clock.now() + timeoutMs;
    if (timeoutMs !== undefined) this.#start(timeoutMs);
  }

  /** Milliseconds that are left; absent when there is no deadline. */
  get leftMs(): number | undefined {
    return this.at === Infinity ? undefined : this.at - this.#clock.now();
  }

  /** An attempt begins. */
  attempt(): void {
    if (this.#shares) this.#attemptAt = this.#clock.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.stop(this.#timer);
  }

  #start(leftMs: number): void {
    this.#isShare = this.#shares && leftMs > LEAST_SHARE_MS;
    const ms = this.#isShare ? leftMs / 2 : leftMs;
    this.#timer = this.#clock.start(ms, passed, this as Deadline);
  }

  /** @internal The timer is over. */
  passed(): void {
    if (!this.#isShare) {
      this.#owner.expire();
      return;
    }
    const now = this.#clock.now();
    const shareAt = ((this.#attemptAt ?? now) + this.at) / 2;
    if (this.#attemptAt !== undefined && now >= shareAt - 1) {
      this.#owner.shareOver();
      if (!this.#stopped) this.#start(this.at - now);
    } else {
      // It began late, or has not begun.
      this.#timer = this.#clock.start(shareAt - now, passed, this as Deadline);
    }
  }
}

function passed(deadline: Deadline): void {
  deadline.passed();
}
