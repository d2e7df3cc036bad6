import { Node } from 'ts-morph';

/** What a docstring says. */
export interface Docstring {
  /** What stands before its tags. */
  readonly text: string;
  readonly tags: readonly Tag[];
}

interface Tag {
  readonly name: string;
  readonly text: string;
}

/** The docstring of a declaration; empty where there is none. */
export function docstringOf(node: Node): Docstring {
  const lines = Node.isJSDocable(node)
    ? node.getJsDocs().flatMap((doc) => [...doc.getInnerText().split('\n'), ''])
    : [];
  const text: string[] = [];
  const tags: { readonly name: string; readonly lines: string[] }[] = [];
  let isCode = false;
  for (const line of lines) {
    const [, name, rest = ''] = (isCode ? null : /^@(\w+) ?(.*)$/.exec(line)) ?? [];
    if (line.startsWith('```')) isCode = !isCode;
    if (name === undefined) (tags.at(-1)?.lines ?? text).push(line);
    else tags.push({ name, lines: [rest] });
  }
  return {
    text: text.join('\n').trim(),
    tags: tags.map(({ name, lines }) => ({ name, text: lines.join('\n').trim() })),
  };
}

/** Whether a docstring says that it is for the package itself alone. */
export function isInternal(node: Node): boolean {
  return docstringOf(node).tags.some(({ name }) => name === 'internal');
}

/** Makes a link of the name of a type where there is a place to link to. */
export type LinkName = (name: string) => string;

/** The tags as a list, with the examples behind it. */
export function printTags({ tags }: Docstring, link: LinkName): string {
  const examples = tags.filter(({ name }) => name === 'example').map(({ text }) => text);
  const others = tags.filter(({ name }) => name !== 'example' && name !== 'internal');
  const list = others.map((tag) => `- ${item(tag, link).replace(/\n+(?=[^\n])/g, '\n  ')}`);
  return [list.join('\n'), ...examples].filter((part) => part !== '').join('\n\n');
}

function item({ name, text }: Tag, link: LinkName): string {
  const [, first = '', rest = ''] = /^(\S*)\s*(?:- )?(.*)$/s.exec(text) ?? [];
  if (name === 'param') return `\`${first}\`: ${prose(rest)}`;
  const [, type, when = ''] = /^\{(\w+)\}\s*(.*)$/s.exec(text) ?? [];
  if (name === 'throws' && type !== undefined) return `Throws ${link(type)} ${prose(when)}`.trim();
  const title = { throws: 'Throws', returns: 'Returns', deprecated: 'Deprecated' }[name] ?? name;
  return `${title}: ${prose(text)}`;
}

/** Text of a docstring as Markdown: what looks like HTML outside of code is text, too. */
export function prose(text: string): string {
  return text
    .split(/(```.*?```|`[^`]*`)/s)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/<(?=[\w/!])/g, '&lt;')))
    .join('');
}

/** The first sentence. */
export function brief({ text }: Docstring): string {
  const first = (text.split('\n\n')[0] ?? '').replaceAll('\n', ' ');
  const sentence = /^.*?[.:](?= [A-Z]|$)/.exec(first)?.[0].replace(/:$/, '.') ?? first;
  return prose(sentence);
}
