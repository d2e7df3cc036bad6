import { sleep } from '../../reconnect/sleep.js';
import { type Clock, machineClock } from '../../runtime/calls/clock.js';

/** What flows get from the machine. */
export interface FlowParts {
  readonly clock: Clock;
  /** Milliseconds since 1970. It may jump. */
  readonly wallMs: () => number;
  /** Is given each attempt that begins, until it has settled; also one whose time was over. */
  readonly track?: ((body: Promise<unknown>) => void) | undefined;
}

/** The time of the machine. */
export const machineFlowParts: FlowParts = { clock: machineClock, wallMs: () => Date.now() };

/** How often a wait looks at the time of day, which passes while a machine is suspended. */
const LOOK_MS = 60_000;

/**
 * Waits until it is `untilMs` by the time of day, but no longer than `atMostMs` from now: where the time
 * of day was set back, nothing waits for ever.
 */
export async function waitUntil(
  { clock, wallMs }: FlowParts,
  untilMs: number,
  atMostMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock.now();
  for (;;) {
    const left = Math.min(untilMs - wallMs(), atMostMs - (clock.now() - startedAt));
    if (left <= 0) return;
    await sleep(clock, Math.min(left, LOOK_MS), signal);
  }
}
