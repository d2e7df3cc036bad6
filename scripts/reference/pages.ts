import { posix } from 'node:path';
import type { ExportedDeclarations } from 'ts-morph';
import { Anchors } from './anchors.js';
import { brief, printTags, prose } from './docstring.js';
import type { EntryPoint } from './entry-points.js';
import type { PublicName, PublicNames } from './names.js';
import { orderOf, topicOf } from './topics.js';

const head = '<!-- Made from the docstrings by npm run docs. Do not edit. -->\n\n';

/** A page before it is printed. */
interface Page {
  readonly title: string;
  readonly names: readonly PublicName[];
}

/** The pages of the reference: file name → text. Each name is described on one of them. */
export function pagesOf(names: PublicNames): Map<string, string> {
  const pages = new Map<string, Page>();
  for (const [page, own] of grouped([...new Set(names.byDeclaration.values())], pageOf)) {
    const [title = page] = own.map(titleOf);
    pages.set(page, { title, names: own });
  }
  const links = new Links(names, pages);
  const texts = [...pages].map(([page, { title, names }]): [string, string] => [
    page,
    `# ${title}\n\n${names.map((name) => section(page, name, links)).join('\n')}`,
  ]);
  const all = new Map(texts);
  for (const [entryPoint, exported] of names.ofEntryPoint) {
    const begin = all.get(entryPoint.page) ?? `# ${entryPoint.title}\n`;
    const rest = [
      ...topicLists(entryPoint, exported, links),
      ...elsewhere(entryPoint, exported, links),
      ...(entryPoint.page === 'index' ? subpaths(names) : []),
    ];
    all.set(entryPoint.page, [begin.trimEnd(), ...rest].join('\n\n'));
  }
  return new Map([...all].map(([page, text]) => [`${page}.md`, `${head}${text.trimEnd()}\n`]));
}

function pageOf({ home, path }: PublicName): string {
  return topicOf(home.page, path)?.page ?? home.page;
}

function titleOf({ home, path }: PublicName): string {
  const topic = topicOf(home.page, path);
  return topic === undefined ? home.title : `${home.title}: ${topic.title}`;
}

/** Where names are described. */
class Links {
  readonly #names: PublicNames;
  readonly #anchors = new Map<PublicName, string>();
  /** Names that stand for one thing in the root, by which docstrings call errors. */
  readonly #inRoot: ReadonlyMap<string, PublicName>;

  constructor(names: PublicNames, pages: ReadonlyMap<string, Page>) {
    this.#names = names;
    for (const { title, names } of pages.values()) {
      const anchors = new Anchors();
      anchors.next(title);
      for (const name of names) {
        this.#anchors.set(name, anchors.next(name.name));
        for (const method of name.methods) anchors.next(methodHeading(name, method.name));
      }
    }
    const [root] = names.ofEntryPoint.values();
    this.#inRoot = new Map(root?.map((name) => [name.name, name]));
  }

  to(from: string, name: PublicName): string {
    const page = pageOf(name);
    const file = page === from ? '' : posix.relative(posix.dirname(from), `${page}.md`);
    return `[${name.name}](${file}#${this.#anchors.get(name)})`;
  }

  toDeclaration(from: string, word: string, declaration: ExportedDeclarations): string | undefined {
    const name = this.#names.byDeclaration.get(declaration);
    return name && this.to(from, name).replace(/^\[[^\]]*\]/, `[${word}]`);
  }

  /** A type that a docstring names. */
  toWord(from: string, { name, uses }: PublicName, word: string): string {
    const used = uses.get(word);
    const link = used && this.toDeclaration(from, word, used);
    const inRoot = this.#inRoot.get(word);
    if (word === name) return `\`${word}\``;
    return link ?? (inRoot === undefined ? `\`${word}\`` : this.to(from, inRoot));
  }
}

function methodHeading({ name }: PublicName, method: string): string {
  return `${name}.${method}`;
}

function section(page: string, name: PublicName, links: Links): string {
  const link = (word: string) => links.toWord(page, name, word);
  const methods = name.methods.map((method) => ({
    ...method,
    heading: `### ${methodHeading(name, method.name)}`,
  }));
  return [{ ...name, heading: `## ${name.name}` }, ...methods]
    .map(({ heading, doc, code }) => {
      const fenced = `\`\`\`ts\n${code}\n\`\`\``;
      const types = typesLine(page, name, code, links);
      const parts = [heading, prose(doc.text), fenced, types, printTags(doc, link)];
      return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
    })
    .join('\n');
}

/** Links to what a piece of code names. */
function typesLine(page: string, { uses }: PublicName, code: string, links: Links): string {
  const found = [...uses]
    .filter(([word]) => new RegExp(`\\b${word}\\b`).test(code))
    .flatMap(([word, declaration]) => links.toDeclaration(page, word, declaration) ?? []);
  return found.length === 0 ? '' : `Types: ${found.join(', ')}`;
}

/** The names of an entry point whose topics have pages of their own, by topic. */
function topicLists(
  { page }: EntryPoint,
  exported: readonly PublicName[],
  links: Links,
): readonly string[] {
  const own = exported.filter(({ home }) => home.page === page);
  const topics = grouped(own, (name) => topicOf(page, name.path)?.title);
  topics.delete(undefined);
  const order = orderOf(page);
  const sorted = [...topics].sort(([a = ''], [b = '']) => order.indexOf(a) - order.indexOf(b));
  return sorted.map(([title, names]) => {
    const lines = names.map((name) => `- ${links.to(page, name)}: ${brief(name.doc)}`);
    return `## ${title}\n\n${lines.join('\n')}`;
  });
}

/** The names of an entry point that others describe. */
function elsewhere(
  { page }: EntryPoint,
  exported: readonly PublicName[],
  links: Links,
): readonly string[] {
  const others = exported.filter(({ home }) => home.page !== page);
  if (others.length === 0) return [];
  const byHome = grouped(others, ({ home }) => home.title);
  const lines = [...byHome].map(
    ([title, names]) => `- ${title}: ${names.map((name) => links.to(page, name)).join(', ')}`,
  );
  return [`## Described elsewhere\n\n${lines.join('\n')}`];
}

function subpaths({ ofEntryPoint }: PublicNames): readonly string[] {
  const homes = [...ofEntryPoint.values()].flatMap((exported) => exported.map(({ home }) => home));
  const all = new Map([...ofEntryPoint.keys(), ...homes].map(({ page, title }) => [page, title]));
  all.delete('index');
  const lines = [...all].map(([page, title]) => `- [${title}](${page}.md)`);
  return lines.length === 0 ? [] : [`## Subpaths and other packages\n\n${lines.join('\n')}`];
}

function grouped<T, Key>(items: readonly T[], key: (item: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
