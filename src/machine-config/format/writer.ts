import type { Block } from './encode.js';
import { afterBreaks, formatPlain, inDoubleQuotes, inSingleQuotes, styleOf } from './scalar.js';

/** Columns by which what stands in a map is set in. */
const step = 4;

/** Where a block stands: in a map, or in a list behind its dash. */
type Place = 'map' | 'list';

/** Writes blocks as Talos' YAML library does. */
export class Writer {
  #text = '';

  document(block: Block): string {
    this.#text = '';
    if (block.kind === 'map' && block.entries.length > 0) this.#map(block.entries, 0, true);
    else this.#line(block, 0, 'map', '');
    return this.#text;
  }

  /** Entries of a map at a column; the first one may go on with the line. */
  #map(entries: readonly (readonly [string, Block])[], column: number, isFirstDue: boolean): void {
    for (const [index, [key, value]] of entries.entries()) {
      if (index > 0 || !isFirstDue) this.#text += ' '.repeat(column);
      const simple = simpleKey(key);
      if (simple === undefined) {
        // A key that is long, or goes over several lines, stands by itself.
        this.#text += `?${this.#scalarText(key, nested(column, 'map'), false)}`;
        this.#text += `\n${' '.repeat(column)}`;
      }
      this.#line(value, column, 'map', simple === undefined ? ':' : `${simple}:`);
    }
  }

  /** `key: value` or `- value`, with its line break. */
  #line(block: Block, column: number, place: Place, head: string): void {
    this.#text += head;
    if (block.kind === 'map' && block.entries.length > 0)
      this.#nestedMap(block.entries, column, place);
    else if (block.kind === 'list' && block.items.length > 0)
      this.#list(block.items, column, place);
    else this.#text += `${this.#leaf(block, nested(column, place))}\n`;
  }

  #nestedMap(entries: readonly (readonly [string, Block])[], column: number, place: Place): void {
    const inner = nested(column, place);
    this.#text += place === 'map' ? '\n' : ' ';
    this.#map(entries, inner, place === 'list');
  }

  #list(items: readonly Block[], column: number, place: Place): void {
    const inner = nested(column, place);
    this.#text += place === 'map' ? '\n' : ' ';
    for (const [index, item] of items.entries()) {
      if (index > 0 || place === 'map') this.#text += ' '.repeat(inner);
      this.#line(item, inner, 'list', '-');
    }
  }

  /** What fits behind a key or dash, with the space before it. */
  #leaf(block: Block, column: number): string {
    switch (block.kind) {
      case 'text':
        return this.#scalarText(block.text, column, block.isModern === true);
      case 'plain':
        return ` ${formatPlain(block.value)}`;
      case 'raw':
        return ` ${block.text}`;
      case 'list':
        return ' []';
      case 'map':
        return ' {}';
    }
  }

  #scalarText(text: string, column: number, isModern: boolean): string {
    switch (styleOf(text, { isModern })) {
      case 'plain':
        return ` ${text}`;
      case 'single':
        return ` ${inSingleQuotes(text, column)}`;
      case 'double':
        return ` ${inDoubleQuotes(text)}`;
      case 'literal':
        return ` ${literal(text, column)}`;
    }
  }
}

/** The column of what stands in a map or list. */
function nested(column: number, place: Place): number {
  return place === 'list' ? column + 2 : step * Math.floor((column + step) / step);
}

/** A key as it stands before its colon; `undefined` for one that is too long for that. */
function simpleKey(key: string): string | undefined {
  if (/[\n\r\u0085\u2028\u2029]/.test(key) || new TextEncoder().encode(key).length > 128)
    return undefined;
  switch (styleOf(key, { isKey: true })) {
    case 'single':
      return inSingleQuotes(key, 0);
    case 'double':
      return inDoubleQuotes(key);
    default:
      return key;
  }
}

/** A block literal, without the line break behind its last line. */
function literal(text: string, column: number): string {
  const indentHint = text.startsWith(' ') ? String(step) : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const keepHint = !text.endsWith('\n') ? '-' : /(?:^|\n)\n$/.test(text) ? '+' : '';
  const indent = ' '.repeat(column);
  const lines = body
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${afterBreaks(line, column)}`));
  return `|${indentHint}${keepHint}\n${lines.join('\n')}`;
}
