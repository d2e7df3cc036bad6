/** The longest time for Node's timers, 24.8 days. With a longer time they end at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
