/**
 * A wait of about `ms` milliseconds, a fifth less to a fifth more: clients that lost the same endpoint or
 * node should not come back at the same moment.
 *
 * @param random as `Math.random`
 */
export function spread(ms: number, random: () => number): number {
  return ms * (0.8 + random() * 0.4);
}
