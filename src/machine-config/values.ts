/** A moment as YAML states it without quotes; Talos reads one where free values hold a date. */
export class Timestamp {
  /** The moment as RFC 3339 has it: `2026-01-02T00:00:00Z`. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return this.text;
  }
}

/**
 * A value whose shape Talos leaves to somebody else, such as the configuration of a component of
 * Kubernetes. Integers beyond 2^53 are `bigint`.
 */
export type FreeValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Timestamp
  | readonly FreeValue[]
  | FreeObject;

/** A mapping with any keys and values. */
export interface FreeObject {
  readonly [key: string]: FreeValue;
}

/** Flags of a program without their dashes: one value, or several for a flag that is repeated. */
export interface ExtraArgs {
  readonly [flag: string]: string | readonly string[] | null;
}

/** A mapping while it is made. */
export type DataMap = Record<string, unknown>;

/** Puts `value` under `key` as data, `__proto__` too. */
export function setOwn(map: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else (map as DataMap)[key] = value;
}

/** What stands under `key` of a mapping itself; `undefined` where it has no such key. */
export function getOwn(map: object, key: string): unknown {
  return Object.hasOwn(map, key) ? (map as DataMap)[key] : undefined;
}

/** Whether `value` is a mapping, not a list and no timestamp. */
export function isMap(value: unknown): value is DataMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Timestamp)
  );
}

/** Whether two values are the same data; the order of keys is no part of it. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Timestamp || b instanceof Timestamp) {
    return a instanceof Timestamp && b instanceof Timestamp && a.text === b.text;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => sameValue(item, b[index]))
    );
  }
  if (!isMap(a) || !isMap(b)) return a === b;
  const keys = keysOf(a);
  return (
    keys.length === keysOf(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(getOwn(a, key), getOwn(b, key)))
  );
}

/** The keys that say something: `undefined` stands for an absent key. */
export function keysOf(map: DataMap): string[] {
  return Object.keys(map).filter((key) => getOwn(map, key) !== undefined);
}

/** A copy that shares nothing but timestamps, which never change. */
export function cloneValue<T>(value: T): T;
export function cloneValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => cloneValue(item));
  if (!isMap(value)) return value;
  const copy = {};
  for (const key of keysOf(value)) setOwn(copy, key, cloneValue(getOwn(value, key)));
  return copy;
}

/** Freezes a value with all that is in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
