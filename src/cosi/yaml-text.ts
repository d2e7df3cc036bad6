import { bareStyleOf, inDoubleQuotes, inSingleQuotes } from '../machine-config/format/scalar.js';

/** A value as Talos' YAML library prints one without a type, in a line with `indent` before it. */
export function bareText(text: string, indent: number): string {
  switch (bareStyleOf(text, false)) {
    case 'plain':
      return text;
    case 'single':
      return inSingleQuotes(text, indent);
    case 'literal':
      return literal(text, ' '.repeat(indent + 4));
    default:
      return inDoubleQuotes(text);
  }
}

/** As `bareText`, for a key, which stays in its line. */
export function bareKey(text: string): string {
  const style = bareStyleOf(text, true);
  if (style === 'plain') return text;
  return style === 'single' ? inSingleQuotes(text, 0) : inDoubleQuotes(text);
}

/** A block of lines; the sign after the bar tells how many line breaks end it. */
function literal(text: string, indent: string): string {
  const end = /\n*$/.exec(text)?.[0].length ?? 0;
  const body = end === 0 ? text : text.slice(0, -1);
  const chomp = end === 0 ? '-' : end === 1 ? '' : '+';
  const hint = /^[ \n]/.test(text) ? '4' : '';
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}
