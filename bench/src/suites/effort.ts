/** How much work a run does. */
export interface Effort {
  /**
   * How often every contender starts anew. What the engine compiles, and how large its heap grows,
   * differs from one process to the next and stays for as long as it lives.
   */
  readonly starts: number;
  /** Rounds that count after each start; one more warms up. */
  readonly rounds: number;
  /** The part of a full slice that one slice does. */
  readonly share: number;
  /** The contenders to measure, besides `raw`. */
  readonly only: readonly string[];
}
