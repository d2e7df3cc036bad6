import type { Kind } from '../../runtime/arguments/options.js';

/** Milliseconds that may be 0, and have an end. */
export const time: Kind = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? undefined : 'a number of milliseconds from 0';

/** Milliseconds above 0 that have an end. */
export const timeLimit: Kind = (value) =>
  Number.isFinite(value) && (value as number) > 0 ? undefined : 'a number of milliseconds above 0';
