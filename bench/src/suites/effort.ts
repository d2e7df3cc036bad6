/** How much work a run does. */
export interface Effort {
  /**
   * How often every contender starts anew. What the engine compiles, and how large its heap grows,
   * differs from one process to the next and stays for as long as it lives.
   */
  readonly starts: number;
  /**
   * Rounds of calls after each start that do not count. V8 compiles what has run for a while, and
   * until then a call costs two to four times as much; Go is compiled before it starts.
   */
  readonly warmUp: number;
  /** Rounds that count after each start. */
  readonly rounds: number;
  /** The part of a full slice that one slice does. */
  readonly share: number;
  /** The contenders to measure, besides `raw`. */
  readonly only: readonly string[];
}
