import type { Field, FieldType, Structure } from '../structure/structure.js';
import { type DataMap, getOwn, isMap, keysOf, setOwn, Timestamp } from '../values.js';
import { isHarmless, isSecretName, type Mark, maskSecrets } from './find-secrets.js';

/**
 * The value of a structure with `mark` in the place of secrets: of the fields that the structure
 * calls secret, and of what looks like a secret anywhere else. Keys, numbers and empty texts stay.
 */
export function redactStruct(value: DataMap, structure: Structure, mark: Mark): DataMap {
  return mapValues(value, (inner, key) => {
    const field = structure.field(key);
    // A key that no structure knows may hold anything.
    return field === undefined ? redactFree(inner, mark, key) : redactField(inner, field, mark);
  });
}

function redactField(value: unknown, field: Field, mark: Mark): unknown {
  return field.secret ? redactAll(value, mark) : redactTyped(value, field.type, mark, field.key);
}

function redactTyped(value: unknown, type: FieldType, mark: Mark, key: string): unknown {
  switch (type.kind) {
    case 'struct':
      return isMap(value)
        ? redactStruct(value, type.structure, mark)
        : redactFree(value, mark, key);
    case 'list':
      if (!Array.isArray(value)) return redactFree(value, mark, key);
      return value.map((item) =>
        // Items of lists are arguments, variables, addresses: texts of no known meaning.
        typeof item === 'string' && type.item.kind === 'string' && isPlain(type.item)
          ? redactFree(item, mark)
          : redactTyped(item, type.item, mark, key),
      );
    case 'map':
      if (!isMap(value)) return redactFree(value, mark, key);
      return mapValues(value, (inner, innerKey) =>
        typeof inner === 'string'
          ? redactFree(inner, mark, innerKey)
          : redactTyped(inner, type.value, mark, innerKey),
      );
    case 'args':
    case 'free':
      return redactFree(value, mark, key);
    case 'string':
      if (typeof value !== 'string') return value;
      // A text of several words or lines is the content of something; one word has its meaning.
      return maskSecrets(value, mark, { anyToken: isPlain(type) && /\s|=[^=]/.test(value) });
    default:
      return value;
  }
}

/** Whether a text may be anything. */
function isPlain({ format, enum: words }: FieldType & { readonly kind: 'string' }): boolean {
  return (format === undefined || format === 'trimmed') && words === undefined;
}

function redactFree(value: unknown, mark: Mark, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => redactFree(item, mark, key));
  if (isMap(value)) return mapValues(value, (inner, innerKey) => redactFree(inner, mark, innerKey));
  if (typeof value !== 'string') return value;
  if (isSecretName(key) && !isHarmless(value)) return mark(value);
  return maskSecrets(value, mark, { anyToken: true });
}

/** Every text in a value that is secret as a whole. */
function redactAll(value: unknown, mark: Mark): unknown {
  if (Array.isArray(value)) return value.map((item) => redactAll(item, mark));
  if (isMap(value)) return mapValues(value, (inner) => redactAll(inner, mark));
  if (value instanceof Timestamp) return mark(value.text);
  return value === '' || value === null || typeof value === 'boolean' ? value : mark(String(value));
}

function mapValues(map: DataMap, change: (value: unknown, key: string) => unknown): DataMap {
  const changed = {};
  for (const key of keysOf(map)) setOwn(changed, key, change(getOwn(map, key), key));
  return changed;
}
