import { callController } from '../base/time/abort.js';
import { type Clock, ClockScope } from '../base/time/clock.js';

/** One boot: what ends when the node goes down. */
export class BootScope {
  readonly clock: ClockScope;
  readonly startedAt: number;
  readonly halted = callController();
  readonly closing = callController();

  constructor(clock: Clock, startedAt: number) {
    this.clock = new ClockScope(clock);
    this.startedAt = startedAt;
  }
}
