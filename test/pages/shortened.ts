import type { Clock } from 'talos-client-testkit';

/** How many times sooner the nodes are done with something. */
const FACTOR = 20;

/**
 * The time of the machine, in which nothing takes long: a boot that takes two seconds is over after a
 * twentieth of them. The hour stays right, since certificates are compared with it.
 */
export const shortened: Clock = {
  now: () => Date.now(),
  setTimer(ms, run) {
    const timer = setTimeout(run, Math.min(ms / FACTOR, 2 ** 31 - 1));
    return { cancel: () => clearTimeout(timer) };
  },
};
