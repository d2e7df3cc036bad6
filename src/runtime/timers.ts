/** The longest time that Node's timers take, 24.8 days: when they are asked for more, they end at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
