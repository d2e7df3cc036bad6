import { nearest } from './nearest.js';
import type { Kind } from './options.js';
import { isRecord } from './record.js';

/** For options that are checked where they are used, with a better message. */
export const anything: Kind = () => undefined;

/** A string. */
export const text: Kind = (value) => (typeof value === 'string' ? undefined : 'a string');

/** A number. */
export const number: Kind = (value) => (typeof value === 'number' ? undefined : 'a number');

/** A time, which is above 0; it may be endless. */
export const duration: Kind = (value) =>
  typeof value === 'number' && value > 0 ? undefined : 'a number of milliseconds above 0';

/** True or false. */
export const flag: Kind = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

/** A function. */
export const callback: Kind = (value) => (typeof value === 'function' ? undefined : 'a function');

/** An object. */
export const record: Kind = (value) => (isRecord(value) ? undefined : 'an object');

/** A list of texts; `example` is one. */
export function texts(example: string): Kind {
  return (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? undefined
      : `a list of strings such as ['${example}']`;
}

/** A list of what `kind` takes; `what` names the items, with an example. */
export function list(kind: Kind, what: string): Kind {
  return (value) =>
    Array.isArray(value) && value.every((item) => kind(item) === undefined)
      ? undefined
      : `a list of ${what}`;
}

/** A whole number from `least` on. */
export function wholeFrom(least: number): Kind {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least
      ? undefined
      : `a whole number from ${least}`;
}

/** One of some names. */
export function oneOf(...names: readonly string[]): Kind {
  return (value) => {
    if (typeof value !== 'string') return names.join(' or ');
    if (names.includes(value)) return undefined;
    const near = nearest(value, names);
    return names.join(' or ') + (near === undefined ? '' : ` (did you mean ${near}?)`);
  };
}

/** Takes whatever one of `kinds` takes. */
export function either(...kinds: readonly Kind[]): Kind {
  return (value) => {
    const expected = kinds.map((kind) => kind(value));
    return expected.includes(undefined) ? undefined : expected.join(', or ');
  };
}

/** An `AbortSignal` of any realm or implementation. */
export const signal: Kind = (value) => {
  if (isSignal(value)) return undefined;
  const { signal: inner } = (value ?? {}) as { readonly signal?: unknown };
  return isSignal(inner) ? 'an AbortSignal (pass the .signal of the controller)' : 'an AbortSignal';
};

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}
