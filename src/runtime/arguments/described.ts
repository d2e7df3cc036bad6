import { quoted } from '../errors/quoted.js';

/** What `value` is, in words that show nothing secret of it. */
export function described(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string' || typeof value === 'function') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === 'Object' ? 'an object' : `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

/** The place of `key` below `path`: `a.b`, `a[0]`, `a["b c"]`. */
export function below(path: string, key: string): string {
  if (/^\d+$/.test(key)) return `${path}[${key}]`;
  if (!/^[\w$]+$/.test(key) || key.length > 64) return `${path}[${quoted(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
