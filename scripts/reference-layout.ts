/** A public name with what is written about it. */
export interface ReferenceEntry {
  readonly name: string;
  readonly doc: string;
  /** Its declaration, without what it does. */
  readonly code: string;
  /** The source, from the folder of the package. */
  readonly path: string;
}

/** What the names of the root are about, by where their sources are. The first that fits counts. */
const topics: readonly [topic: string, title: string, sources: RegExp][] = [
  ['credentials', 'Credentials', /^src\/runtime\/credentials\//],
  ['errors', 'Errors', /^src\/runtime\/(?:errors\/|dial\/connection-error)/],
  ['streams', 'Streams', /^src\/runtime\/(?:streams\/|stream\.ts|merge\.ts)/],
  ['retries', 'Retries', /^src\/runtime\/retry/],
  [
    'transports',
    'Transports and what stands between',
    /^src\/runtime\/(?:calls|carriers|dial)\/|^src\/runtime\/[\w-]*(?:transport|middleware)\.ts/,
  ],
  [
    'messages',
    'Messages, metadata and times',
    /^src\/runtime\/(?:codec|metadata|time|to-json|protobuf\/)/,
  ],
  ['targets', 'Targets and many nodes', /^src\/runtime\/(?:[\w-]*target|fan-out|aggregate)/],
  ['client', 'The client and its calls', /./],
];

const head = '<!-- Made from the docstrings by npm run docs. Do not edit. -->\n\n';

/**
 * The pages of an entry point. The root has a page for each topic, and one that lists what there is.
 *
 * @param page the name of its page
 */
export function pagesOf(
  page: string,
  title: string,
  entries: readonly ReferenceEntry[],
): Map<string, string> {
  const sections = (some: readonly ReferenceEntry[]) => some.map(section).join('\n');
  if (page !== 'index') {
    return new Map([[`${page}.md`, `${head}# ${title}\n\n${sections(entries)}`]]);
  }
  const pages = new Map<string, string>();
  const lists: string[] = [];
  for (const [topic, about] of topics) {
    const own = entries.filter(({ path }) => topicOf(path) === topic);
    if (own.length === 0) continue;
    const file = `index-${topic}.md`;
    pages.set(file, `${head}# ${title}: ${about}\n\n${sections(own)}`);
    const lines = own.map(({ name, doc }) => `- [${name}](${file}#${anchor(name)}): ${brief(doc)}`);
    lists.push(`## ${about}\n\n${lines.join('\n')}\n`);
  }
  pages.set('index.md', `${head}# ${title}\n\n${lists.join('\n')}`);
  return pages;
}

function topicOf(path: string): string | undefined {
  return topics.find(([, , sources]) => sources.test(path))?.[0];
}

function section({ name, doc, code }: ReferenceEntry): string {
  return `## ${name}\n\n${doc}\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
}

/** The anchor of a heading, as GitHub makes it. */
function anchor(name: string): string {
  return name.toLowerCase();
}

/** The first sentence. */
function brief(doc: string): string {
  const text = (doc.split('\n\n')[0] ?? '').replaceAll('\n', ' ');
  return /^.*?[.:](?= [A-Z]|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}
