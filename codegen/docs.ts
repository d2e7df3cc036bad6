import type { Annotated } from './protos/contract.js';

/** Columns that a line of generated code may fill. */
export const width = 100;

/**
 * A doc comment as lines to print at `indent` columns, or nothing when there is nothing to say.
 *
 * `text` holds paragraphs and list items, one on each line, as `cleanComment` leaves them. What
 * could end the comment or pass for a tag of it is escaped.
 */
export function docComment(text: string, indent: number): string[] {
  if (text === '') return [];
  const room = width - indent - ' * '.length;
  const lines = text.split('\n').flatMap((line) => wrap(escapeDoc(line), room));
  const [only = ''] = lines;
  if (lines.length === 1 && indent + '/**  */'.length + only.length <= width) {
    return [`/** ${only} */`];
  }
  return ['/**', ...lines.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'];
}

/** Joins paragraphs, leaving out the empty ones. */
export function paragraphs(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

/** The `@deprecated` line of an element that is, with the release that removes it if it is known. */
export function deprecation(element: Annotated, product: string): string {
  const removal = removalOf(element);
  if (element.deprecated !== true && removal === undefined) return '';
  return removal === undefined
    ? '@deprecated The contract marks it as deprecated.'
    : `@deprecated Removed in ${product} ${removal}.`;
}

/** The release that removes a deprecated element, from Talos' own options. */
export function removalOf({ options = {} }: Annotated): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    if (!/\.remove_deprecated_\w+\)$/.test(name)) continue;
    const [release] = /\d+(\.\d+)*/.exec(String(value)) ?? [];
    if (release !== undefined) return release;
  }
  return undefined;
}

/** A deadline in milliseconds as people write it: `30 s`, `10 min`. */
export function deadlineText(timeoutMs: number | 'none'): string {
  if (timeoutMs === 'none') return timeoutMs;
  if (timeoutMs % 60_000 === 0) return `${timeoutMs / 60_000} min`;
  return timeoutMs % 1000 === 0 ? `${timeoutMs / 1000} s` : `${timeoutMs} ms`;
}

/** Text of a proto comment, which is data: it must not end the comment nor start a tag. */
export function plainText(text: string): string {
  return text.replace(/(^|\n|\{|\s)@/g, '$1\\@');
}

function escapeDoc(line: string): string {
  return line
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/\*\//g, '*\\/')
    .trimEnd();
}

function wrap(line: string, room: number): string[] {
  const hanging = /^(?:-|\d+[.)]) /.test(line) ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current === '') current = word;
    else if (current.length + 1 + word.length <= room) current += ` ${word}`;
    else {
      lines.push(current);
      current = hanging + word;
    }
  }
  return [...lines, current];
}
