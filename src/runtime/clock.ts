/**
 * Milliseconds since some moment in the past. Whatever waits goes by it: it does not jump when
 * somebody sets the clock.
 */
export function now(): number {
  return performance.now();
}
