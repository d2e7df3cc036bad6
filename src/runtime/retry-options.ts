import { number } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { TalosConfigError } from './errors/config-error.js';

/**
 * For how long, and how often, a call is made again after it failed. Which calls are made again does
 * not depend on it; see `docs/retries.md`.
 */
export interface RetryOptions {
  /**
   * Milliseconds after the first failure in which the call is made again. Default: 3000. The deadline
   * of the call ends it sooner.
   */
  readonly forMs?: number | undefined;
  /**
   * The longest wait before the first repeat, in milliseconds; it doubles with each further one.
   * Each wait is a random part of it. Default: 100.
   */
  readonly firstMs?: number | undefined;
  /** The longest wait of all, in milliseconds. Default: 1000. */
  readonly maxMs?: number | undefined;
}

/** `RetryOptions` in which nothing is left out, or `false` for no repeats. */
export type RetryPolicy = false | { readonly [Key in keyof RetryOptions]-?: number };

const retryShape: Shape<RetryOptions> = { forMs: number, firstMs: number, maxMs: number };

/** What goes for calls of which nothing else was said. */
export const defaultRetry: Exclude<RetryPolicy, false> = { forMs: 3000, firstMs: 100, maxMs: 1000 };

/**
 * What `given` says, and `base` where it says nothing.
 *
 * @throws {TalosConfigError} when it is neither `false` nor options that make sense
 */
export function retryPolicy(
  given: false | RetryOptions | undefined,
  base: RetryPolicy = defaultRetry,
): RetryPolicy {
  if (given === undefined) return base;
  if (given === false) return false;
  checkOptions(given, retryShape, 'retry', '{ forMs: 10_000 }, or false');
  const whole = base || defaultRetry;
  const policy = {
    forMs: given.forMs ?? whole.forMs,
    firstMs: given.firstMs ?? whole.firstMs,
    maxMs: given.maxMs ?? whole.maxMs,
  };
  for (const [name, value] of Object.entries(policy)) {
    if (value >= 0 && value <= 0x7fff_ffff) continue;
    const field = `retry.${name}`;
    throw new TalosConfigError(`${field} must be a number of milliseconds from 0, not ${value}`, {
      field,
    });
  }
  return policy;
}

/** How many calls may be made again while few succeed. */
export interface RetryBudgetOptions {
  /** For all calls of the client. Default: 500. */
  readonly client?: number | undefined;
  /** For the calls to each node. Default: 100. */
  readonly node?: number | undefined;
}

const retryBudgetShape: Shape<RetryBudgetOptions> = { client: whole, node: whole };

function whole(value: unknown): string | undefined {
  return Number.isInteger(value) && (value as number) >= 0 ? undefined : 'a whole number from 0';
}

/** `given`, once it was looked at. */
export function checkedBudget(
  given: RetryBudgetOptions | undefined,
): RetryBudgetOptions | undefined {
  if (given !== undefined) checkOptions(given, retryBudgetShape, 'retryBudget');
  return given;
}
