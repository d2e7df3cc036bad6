import { below } from '../arguments/described.js';
import { isRecord } from '../arguments/record.js';
import type { Encode } from './coding.js';
import { UnfitValue } from './unfit.js';
import { unknownFields } from './unknown.js';
import { Writer } from './writer.js';

// Encoders keep track neither of where they are nor of what their fields are called. When one
// refuses a message, it is run again, on a message that notes what is read of it.

/**
 * The place in `message` of the value that `encode` refused: `list[0].label`. Empty for the message
 * itself. For an unknown field, it is the place of the message that has it. Absent when the value
 * is not refused again, as with getters that return another value each time.
 */
export function placeOf<T>(encode: Encode<T>, message: T, refused: UnfitValue): string | undefined {
  let last = '';
  const again = run(encode, message, true, (path, key) => {
    last = below(path, key);
    return true;
  });
  return again?.field === refused.field ? last : undefined;
}

/** The fields that the message at `place` can have: those that are read when it has none. */
export function fieldsAt<T>(encode: Encode<T>, message: T, place: string): readonly string[] {
  const fields = new Set<string>();
  run(encode, message, false, (path, key) => {
    if (path === place) fields.add(key);
    return path !== place;
  });
  // Messages are written from their last field to their first.
  return [...fields].reverse();
}

/** Is told what is read, and says whether it may be found there. */
type Note = (path: string, key: string) => boolean;

/** What `encode` refuses, on a message that tells `note` what is read, with its keys or without. */
function run<T>(
  encode: Encode<T>,
  message: T,
  hasKeys: boolean,
  note: Note,
): UnfitValue | undefined {
  try {
    encode(new Writer(), watched(message, '', hasKeys, note) as T);
  } catch (cause) {
    if (cause instanceof UnfitValue) return cause;
  }
  return undefined;
}

/**
 * `value` in a proxy that tells `note` what is read of it. Other values than messages and lists
 * stay.
 */
function watched(value: unknown, path: string, hasKeys: boolean, note: Note): unknown {
  const isList = Array.isArray(value);
  if (!isList && !isRecord(value)) return value;
  const object = value as object;
  // Over an object of its own, since a proxy must tell the truth about one that is frozen.
  return new Proxy<object>(isList ? [] : {}, {
    get(_, key) {
      const inner: unknown = Reflect.get(object, key);
      if (key === unknownFields) {
        // No field that has a name, but it has a place.
        if (hasKeys) note(path, 'unknownFields');
        return hasKeys ? inner : undefined;
      }
      if (typeof key !== 'string' || (isList && key === 'length')) return inner;
      if (!note(path, key)) return undefined;
      return watched(inner, below(path, key), hasKeys, note);
    },
    has: (_, key) => Reflect.has(object, key),
    ownKeys: () => (hasKeys || isList ? Reflect.ownKeys(object) : []),
    getOwnPropertyDescriptor(_, key) {
      const own = Reflect.getOwnPropertyDescriptor(object, key);
      return own && { ...own, configurable: !isList || key !== 'length' };
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(object),
  });
}
