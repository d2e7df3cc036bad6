import type { ReconnectParts } from '../../src/reconnect/index.js';
import type { ManualClock, Timer } from '../../testkit/src/base/time/clock.js';

/** The clock of a cluster, as the runtime of the client takes one. */
export function runtimeClock(clock: ManualClock): ReconnectParts['clock'] {
  return {
    now: () => clock.now(),
    start: (ms, run, argument) => clock.setTimer(ms, () => run(argument)),
    stop: (timer) => (timer as Timer | undefined)?.cancel(),
  };
}

/** Calls `turn` again and again, until `promise` has settled. */
export async function turningUntil<T>(
  promise: Promise<T>,
  turn: () => Promise<unknown>,
): Promise<T> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  while (!settled) await turn();
  return promise;
}
