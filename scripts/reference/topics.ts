/** A page for some of the names of an entry point. */
export interface Topic {
  /** The page, without `.md`. */
  readonly page: string;
  readonly title: string;
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

/** The topic of a name on the page of an entry point; nothing where it stands on the page itself. */
export function topicOf(page: string, path: string): Topic | undefined {
  const [, group] = /^generated\/machine-config\/(\w+)\.ts$/.exec(path) ?? [];
  if (page === 'machine-config' && group !== undefined) {
    const isIndex = group === 'index';
    return isIndex
      ? { page: `${page}/documents`, title: 'all documents' }
      : { page: `${page}/${group}`, title: `documents of the group ${group}` };
  }
  const topic = topicsOf.get(page)?.find(([, , sources]) => sources.test(path));
  return topic === undefined ? undefined : { page: `${page}-${topic[0]}`, title: topic[1] };
}

/** The titles of the topics in their order. */
export function orderOf(page: string): readonly string[] {
  return topicsOf.get(page)?.map(([, title]) => title) ?? [];
}
