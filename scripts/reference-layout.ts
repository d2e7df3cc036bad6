/** A public name with what is written about it. */
export interface ReferenceEntry {
  readonly name: string;
  readonly doc: string;
  /** Its declaration, without what it does. */
  readonly code: string;
  /** The source, from the folder of the package. */
  readonly path: string;
}

/** What names are about, by where their sources are in the package. The first that fits counts. */
type Topics = readonly [topic: string, title: string, sources: RegExp][];

const topicsOfRoot: Topics = [
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

const topicsOfTestkit: Topics = [
  ['omni', 'Omni', /^src\/omni\//],
  ['faults', 'Faults, handlers and the journal', /^src\/base\/calls\//],
  ['time', 'The clock', /^src\/base\/time\//],
  ['resources', 'Resources', /^src\/topics\/cosi\//],
  ['nodes', 'What a node has', /^src\/(?:topics\/|cluster\/parts\.ts)/],
  ['cluster', 'The cluster, its nodes and its clients', /./],
];

/** The pages with so many names that each topic has one of its own. */
const topicsOf: ReadonlyMap<string, Topics> = new Map([
  ['index', topicsOfRoot],
  ['testkit', topicsOfTestkit],
]);

const head = '<!-- Made from the docstrings by npm run docs. Do not edit. -->\n\n';

/**
 * The pages of an entry point. One with many names has a page for each topic, and one that lists what
 * there is.
 *
 * @param page the name of its page
 */
export function pagesOf(
  page: string,
  title: string,
  entries: readonly ReferenceEntry[],
): Map<string, string> {
  const sections = (some: readonly ReferenceEntry[]) => some.map(section).join('\n');
  const topics = topicsOf.get(page);
  if (topics === undefined) {
    return new Map([[`${page}.md`, `${head}# ${title}\n\n${sections(entries)}`]]);
  }
  const pages = new Map<string, string>();
  const lists: string[] = [];
  for (const [topic, about] of topics) {
    const own = entries.filter(({ path }) => topicOf(path, topics) === topic);
    if (own.length === 0) continue;
    const file = `${page}-${topic}.md`;
    pages.set(file, `${head}# ${title}: ${about}\n\n${sections(own)}`);
    const lines = own.map(({ name, doc }) => `- [${name}](${file}#${anchor(name)}): ${brief(doc)}`);
    lists.push(`## ${about}\n\n${lines.join('\n')}\n`);
  }
  pages.set(`${page}.md`, `${head}# ${title}\n\n${lists.join('\n')}`);
  return pages;
}

function topicOf(path: string, topics: Topics): string | undefined {
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
