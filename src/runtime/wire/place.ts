import { below } from '../arguments/described.js';
import type { Encode } from '../codec.js';
import { UnfitValue } from './unfit.js';
import { Writer } from './writer.js';

/**
 * Where in `message` the value stands that `encode` refused: `list[0].label`; empty for the message
 * itself. Absent when it is not refused again, as with getters that give another value each time.
 *
 * Encodes it again and watches what is read: the last thing read is what was refused. So encoders
 * need not keep track of where they are.
 */
export function placeOf<T>(encode: Encode<T>, message: T, refused: UnfitValue): string | undefined {
  const trail: Trail = { last: '' };
  try {
    encode(new Writer(), watched(message, '', trail) as T);
  } catch (again) {
    if (!(again instanceof UnfitValue) || again.field !== refused.field) return undefined;
    const { last } = trail;
    return again.key === undefined ? last || again.field : below(last, again.key);
  }
  return undefined;
}

interface Trail {
  last: string;
}

/** `value`, noting what is read of it; whatever is no message and no list stays as it is. */
function watched(value: unknown, path: string, trail: Trail): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const isList = Array.isArray(value);
  if (!isList && Object.prototype.toString.call(value) !== '[object Object]') return value;
  // Over an object of its own, since a proxy must tell the truth about one that is frozen.
  return new Proxy<object>(isList ? [] : {}, {
    get(_, key) {
      const inner: unknown = Reflect.get(value, key);
      if (typeof key !== 'string' || (isList && key === 'length')) return inner;
      trail.last = below(path, key);
      return watched(inner, trail.last, trail);
    },
    has: (_, key) => Reflect.has(value, key),
    ownKeys: () => Reflect.ownKeys(value),
    getOwnPropertyDescriptor(_, key) {
      const own = Reflect.getOwnPropertyDescriptor(value, key);
      return own && { ...own, configurable: !isList || key !== 'length' };
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(value),
  });
}
