import type { Clock } from 'talos-client-testkit';

/** What a node does in up to this time is done sooner. Deadlines and the like are longer. */
const LONGEST_MS = 1_500;

/** How many times sooner. */
const FACTOR = 20;

/**
 * The time of the machine, but what nodes do in a moment is done in a twentieth of it. The hour stays
 * right, since certificates are compared with it, and so do deadlines.
 */
export const shortened: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    const timer = setTimeout(run, ms <= LONGEST_MS ? ms / FACTOR : Math.min(ms, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(timer) };
  },
};
