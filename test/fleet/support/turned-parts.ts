import type { FlowParts } from '../../../src/fleet/engine/parts.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { runtimeClock, turningUntil } from '../../support/time.js';

/** The time of flows, which passes only while a test turns it. */
export interface TurnedParts extends FlowParts {
  /** How far the time of day is off: it jumps when this is changed. */
  jumpMs: number;
  /** Turns the clock until `promise` has settled. */
  turnUntil<T>(promise: Promise<T>): Promise<T>;
  /** Turns the clock by `ms`. */
  turn(ms: number): Promise<void>;
  /** How many timers are set. */
  readonly pending: number;
}

/** A clock that stands still until a test turns it. */
export function turnedParts(): TurnedParts {
  const clock = new ManualClock();
  const monotonic = runtimeClock(clock);
  const parts: TurnedParts = {
    clock: monotonic,
    jumpMs: 0,
    wallMs: () => clock.now() + parts.jumpMs,
    turnUntil: (promise) => turningUntil(promise, () => clock.advance(100)),
    turn: (ms) => clock.advance(ms),
    get pending() {
      return clock.pending;
    },
  };
  return parts;
}
