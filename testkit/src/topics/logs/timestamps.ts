/**
 * A time in milliseconds since 1970, with fractions, as Go writes it with all digits that matter:
 * `2026-01-01T00:00:00.0123Z`.
 */
export function rfc3339Nano(ms: number): string {
  const { seconds, micros } = split(ms);
  const fraction = String(micros).padStart(6, '0').replace(/0+$/, '');
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return fraction === '' ? `${text}Z` : `${text}.${fraction}Z`;
}

/** The same as programs of Go log it: `2026/01/01 00:00:00.012300`. */
export function goLogTime(ms: number): string {
  const { seconds, micros } = split(ms);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${text.replaceAll('-', '/').replace('T', ' ')}.${String(micros).padStart(6, '0')}`;
}

/** The same as container runtimes write it before each line: nine digits. */
export function containerLogTime(ms: number): string {
  const { seconds, micros } = split(ms);
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${text}.${String(micros).padStart(6, '0')}000Z`;
}

function split(ms: number): { readonly seconds: number; readonly micros: number } {
  const micros = Math.floor(ms * 1000);
  const seconds = Math.floor(micros / 1e6);
  return { seconds, micros: micros - seconds * 1e6 };
}
