/** How much work a run does. */
export interface Effort {
  /** Rounds that count; one more warms up. */
  readonly rounds: number;
  /** The part of a full slice that one slice does. */
  readonly share: number;
  /** The contenders to measure, besides `raw`. */
  readonly only: readonly string[];
}
