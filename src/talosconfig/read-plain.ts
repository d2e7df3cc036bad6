import { type StoredSettings, TalosconfigContext } from './context.js';
import { childField, contextField } from './place.js';
import type { Content } from './yaml-contexts.js';

/**
 * Reads a talosconfig in the layout in which Talos writes it: block maps, four spaces a level, plain
 * texts on a line of their own. That is ten times as fast as reading YAML, which counts where a file
 * has thousands of contexts. Gives up, without judging, at the first line that is anything else:
 * comments, quotes, keys that Talos does not write, mistakes.
 *
 * @returns what reading it as YAML gives too, or `undefined`
 */
export function readPlain(text: string, path: string | undefined): Content | undefined {
  return new PlainReader(text, path).read();
}

/** A text that is plain in YAML, whatever stands around it, and no null. */
const plain = /^(?!null$|Null$|NULL$)[A-Za-z0-9][\w+/=.@:-]*[\w+/=.@-]$|^[A-Za-z0-9]$/;
const listKeys = new Set(['endpoints', 'nodes']);
const textKeys = new Set(['ca', 'crt', 'key', 'cluster', 'proxy-url']);

/** The values of a context, each with the line that it starts at. */
interface Found {
  readonly name: string;
  readonly line: number;
  readonly texts: Map<string, string>;
  readonly lists: Map<string, string[]>;
  readonly lines: Map<string, number>;
  identity: string | undefined;
}

class PlainReader {
  readonly #text: string;
  readonly #path: string | undefined;
  readonly #names = new Set<string>();
  readonly #contexts: TalosconfigContext[] = [];
  #at = 0;
  #line = 0;
  /** The line that is looked at; `undefined` behind the last one. */
  #now: string | undefined;

  constructor(text: string, path: string | undefined) {
    this.#text = text;
    this.#path = path;
  }

  read(): Content | undefined {
    this.#next();
    const current = this.#value('context: ');
    if (current === undefined) return undefined;
    this.#next();
    if (this.#now !== 'contexts:') return undefined;
    this.#next();
    while (this.#now !== undefined) {
      const found = this.#context();
      if (found === undefined) return undefined;
      this.#contexts.push(this.#made(found));
    }
    return this.#contexts.length === 0 ? undefined : { current, contexts: this.#contexts };
  }

  /** Goes to the next line. A last line without an end is one too; an empty one is not. */
  #next(): void {
    const { length } = this.#text;
    if (this.#at >= length) {
      this.#now = undefined;
      return;
    }
    const end = this.#text.indexOf('\n', this.#at);
    this.#now = this.#text.slice(this.#at, end === -1 ? length : end);
    this.#at = end === -1 ? length : end + 1;
    this.#line += 1;
  }

  /** The plain text behind `start` on this line. */
  #value(start: string): string | undefined {
    if (this.#now?.startsWith(start) !== true) return undefined;
    const value = this.#now.slice(start.length);
    return plain.test(value) ? value : undefined;
  }

  /** The key that this line opens with `spaces` before it: `    prod:`. */
  #opened(spaces: string): string | undefined {
    if (this.#now?.endsWith(':') !== true || !this.#now.startsWith(spaces)) return undefined;
    const key = this.#now.slice(spaces.length, -1);
    return key.length <= 200 && plain.test(key) && !key.includes(':') ? key : undefined;
  }

  #context(): Found | undefined {
    const name = this.#opened('    ');
    if (name === undefined || this.#names.has(name)) return undefined;
    this.#names.add(name);
    const found: Found = {
      name,
      line: this.#line,
      texts: new Map(),
      lists: new Map(),
      lines: new Map(),
      identity: undefined,
    };
    this.#next();
    while (this.#now?.startsWith('        ') === true) {
      if (!this.#readKey(found)) return undefined;
    }
    // A context without anything is null in YAML.
    return found.lines.size === 0 ? undefined : found;
  }

  #readKey(found: Found): boolean {
    const opened = this.#opened('        ');
    if (opened === 'auth') return this.#readAuth(found);
    if (opened !== undefined) return listKeys.has(opened) && this.#readList(found, opened);
    const line = this.#now ?? '';
    const key = line.slice(8, line.indexOf(': '));
    const value = this.#value(`        ${key}: `);
    if (value === undefined || !textKeys.has(key) || found.lines.has(key)) return false;
    found.texts.set(key, value);
    found.lines.set(key, this.#line);
    this.#next();
    return true;
  }

  #readList(found: Found, key: string): boolean {
    if (found.lines.has(key)) return false;
    this.#next();
    found.lines.set(key, this.#line);
    const items: string[] = [];
    for (;;) {
      const item = this.#value('            - ');
      if (item === undefined) break;
      items.push(item);
      this.#next();
    }
    found.lists.set(key, items);
    return items.length > 0;
  }

  #readAuth(found: Found): boolean {
    if (found.lines.has('auth')) return false;
    this.#next();
    found.lines.set('auth', this.#line);
    if (this.#now !== '            siderov1:') return false;
    this.#next();
    found.identity = this.#value('                identity: ');
    this.#next();
    return found.identity !== undefined;
  }

  #made({ name, line, texts, lists, lines, identity }: Found): TalosconfigContext {
    const path = this.#path;
    const settings: StoredSettings = {
      endpoints: lists.get('endpoints') ?? [],
      nodes: lists.get('nodes') ?? [],
      ca: texts.get('ca'),
      crt: texts.get('crt'),
      key: texts.get('key'),
      basic: undefined,
      identity,
      cluster: texts.get('cluster'),
      proxy: texts.get('proxy-url'),
    };
    return new TalosconfigContext(name, settings, (key) => {
      const [first = ''] = key.split(/[.[]/, 1);
      return { path, field: childField(contextField(name), key), line: lines.get(first) ?? line };
    });
  }
}
