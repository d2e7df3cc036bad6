import type { Kind } from '../../runtime/arguments/options.js';

/** A count that may be 0. */
export const count: Kind = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : 'a whole number from 0';

/** A count of at least 1. */
export const atLeastOne: Kind = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 1 ? undefined : 'a whole number from 1';

/** Milliseconds that may be 0, and have an end. */
export const time: Kind = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? undefined : 'a number of milliseconds from 0';

/** Milliseconds above 0 that have an end. */
export const timeLimit: Kind = (value) =>
  Number.isFinite(value) && (value as number) > 0 ? undefined : 'a number of milliseconds above 0';
