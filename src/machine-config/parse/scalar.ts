import type { Scalar } from 'yaml';
import { type Resolved, resolvePlain } from '../scalars/plain.js';
import { Timestamp } from '../values.js';

const coreTag = 'tag:yaml.org,2002:';

/** The tag of a scalar as its author gave it, without the part that all of YAML's own have. */
export function tagOf({ tag }: Scalar): string {
  return tag?.startsWith(coreTag) === true ? tag.slice(coreTag.length) : (tag ?? '');
}

/** The text of a scalar. */
export function textOf({ value, type }: Scalar): string {
  if (typeof value !== 'string') return String(value ?? '');
  // Talos takes separators of lines for line breaks: blanks around them are layout.
  return type === 'QUOTE_SINGLE'
    ? value.replace(/[ \t]*([\u0085\u2028\u2029])[ \t]*/g, '$1')
    : value;
}

/**
 * What a scalar means. `undefined` where its tag says something that its text is not, or something
 * that configurations do not know.
 */
export function resolveScalar(scalar: Scalar): Resolved | undefined {
  if (typeof scalar.value !== 'string') return scalar.value as Resolved;
  const text = textOf(scalar);
  const tag = tagOf(scalar);
  if (tag === 'str') return text;
  if (tag === 'binary') return fromBase64(text);
  // A tag that is not YAML's own says nothing to Talos.
  if (tag.startsWith('!')) return text;
  if (tag === '')
    return scalar.type === undefined || scalar.type === 'PLAIN' ? resolvePlain(text) : text;
  const plain = resolvePlain(text);
  if (tag === 'float' && typeof plain === 'bigint') return Number(plain);
  return tagOfResolved(plain).includes(tag) ? plain : undefined;
}

function tagOfResolved(value: Resolved): readonly string[] {
  if (value === null) return ['null'];
  if (value instanceof Timestamp) return ['timestamp'];
  if (typeof value === 'boolean') return ['bool'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['int', 'float'] : ['float'];
  return typeof value === 'bigint' ? ['int', 'float'] : [];
}

/** The text that base64 stands for; `undefined` for what is none. */
function fromBase64(text: string): string | undefined {
  const digits = text.replace(/\s/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return undefined;
  return new TextDecoder().decode(Uint8Array.from(atob(digits), (char) => char.charCodeAt(0)));
}
