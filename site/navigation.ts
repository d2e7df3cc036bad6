import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageAddress, repository, sources } from './addresses.js';

/** A part of the navigation. */
interface Section {
  readonly title: string;
  /** Pages of the repository in their order; `*` at the end takes what no other section names. */
  readonly pages: readonly string[];
  readonly isCollapsed?: boolean;
}

/** An entry of a side bar, as the theme takes it. */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly items?: SidebarItem[];
  readonly collapsed?: boolean;
}

/** The guides, and what one reads besides. */
const guides: readonly Section[] = [
  {
    title: 'Begin',
    pages: [
      'README.md',
      'docs/guides/README.md',
      'docs/guides/first-call.md',
      'docs/from-talosctl.md',
    ],
  },
  {
    title: 'Connecting',
    pages: ['docs/guides/connecting.md', 'docs/guides/carriers.md', 'docs/omni.md'],
  },
  {
    title: 'Calls',
    pages: [
      'docs/guides/many-nodes.md',
      'docs/guides/streams.md',
      'docs/watching.md',
      'docs/guides/errors.md',
      'docs/guides/troubleshooting.md',
      'docs/retries.md',
      'docs/middleware.md',
      'docs/observability.md',
      'docs/api-surface.md',
    ],
  },
  { title: 'Resources', pages: ['docs/resources.md'] },
  {
    title: 'Operations',
    pages: ['docs/operations/README.md', 'docs/operations/*'],
    isCollapsed: true,
  },
  {
    title: 'Machine configuration',
    pages: ['docs/machine-config.md', 'docs/machine-config-*'],
  },
  { title: 'Fleets', pages: ['docs/fleet*'] },
  {
    title: 'Testing',
    pages: ['docs/guides/testing.md', 'testkit/README.md', 'testkit/ARCHITECTURE.md'],
  },
  {
    title: 'Building and updating',
    pages: [
      'docs/guides/runtimes.md',
      'docs/guides/other-releases.md',
      'docs/guides/design.md',
      'docs/guides/*',
    ],
  },
  { title: 'Examples', pages: ['site/pages/examples/index.md', 'examples/*'] },
  {
    title: 'Measurements',
    pages: ['docs/performance.md', 'docs/conformance.md', 'docs/trees.md'],
  },
  {
    title: 'The project',
    pages: ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'RELEASING.md'],
    isCollapsed: true,
  },
];

/** What the side bar calls pages whose headings say too little there. */
const titles: Readonly<Record<string, string>> = {
  'README.md': 'Overview',
  'testkit/ARCHITECTURE.md': 'The testkit inside',
  'docs/reference/index.md': 'All names',
};

const reference: readonly Section[] = [
  { title: 'talos-client', pages: ['docs/reference/index.md', 'docs/reference/index-*'] },
  { title: 'Subpaths', pages: ['docs/reference/*'] },
  {
    title: 'Operations',
    pages: ['docs/reference/operations.md', 'docs/reference/operations/*'],
    isCollapsed: true,
  },
  {
    title: 'Kinds of resources',
    pages: ['docs/reference/cosi.md', 'docs/reference/cosi/*'],
    isCollapsed: true,
  },
  {
    title: 'Machine configuration',
    pages: ['docs/reference/machine-config.md', 'docs/reference/machine-config/*'],
    isCollapsed: true,
  },
  {
    title: 'Resource specs in protobuf',
    pages: ['docs/reference/definitions/*'],
    isCollapsed: true,
  },
  {
    title: 'talos-client-testkit',
    pages: ['docs/reference/testkit.md', 'docs/reference/testkit-*'],
    isCollapsed: true,
  },
];

/**
 * The side bars.
 *
 * @throws {Error} when a page is in no section, or a section names a page that is not there
 */
export function sidebars(): Record<string, SidebarItem[]> {
  const rest = new Set(sources());
  const bars = { '/': sidebar(guides, rest), '/reference/': sidebar(reference, rest) };
  const [lost] = rest;
  if (lost !== undefined) throw new Error(`${lost} is in no section of site/navigation.ts`);
  return bars;
}

/** A side bar. Takes its pages out of `rest`. */
function sidebar(sections: readonly Section[], rest: Set<string>): SidebarItem[] {
  const named = new Set(sections.flatMap(({ pages }) => pages));
  const matches = matchesOf([...named], [...rest]);
  return sections.flatMap(({ title, pages, isCollapsed: collapsed }): SidebarItem[] => {
    const all = pages.flatMap((page) => (page.endsWith('*') ? (matches.get(page) ?? []) : [page]));
    for (const page of all) {
      if (!rest.delete(page)) throw new Error(`site/navigation.ts: there is no ${page}`);
    }
    const items = all.map((page) => ({ text: titleOf(page), link: linkTo(page) }));
    if (items.length === 0) return [];
    return [{ text: title, items, ...(collapsed === undefined ? {} : { collapsed }) }];
  });
}

/**
 * The pages that names with `*` stand for: those that are not named themselves, each with the longest
 * that fits.
 */
function matchesOf(names: readonly string[], pages: readonly string[]): Map<string, string[]> {
  const patterns = names.filter((name) => name.endsWith('*'));
  const byLength = patterns.sort((a, b) => b.length - a.length);
  const matches = new Map(patterns.map((pattern): [string, string[]] => [pattern, []]));
  for (const page of pages.filter((each) => !names.includes(each))) {
    const pattern = byLength.find((each) => page.startsWith(each.slice(0, -1)));
    if (pattern !== undefined) matches.get(pattern)?.push(page);
  }
  return matches;
}

/** The first heading of a page, as text. */
function titleOf(page: string): string {
  if (titles[page] !== undefined) return titles[page];
  const [, heading] = /^# (.*)$/m.exec(readFileSync(join(repository, page), 'utf8')) ?? [];
  if (heading === undefined) throw new Error(`${page} has no heading`);
  // The subpaths of the client need not say so again in the side bar.
  return heading.replaceAll('`', '').replace(/^talos-client(?:-testkit)?(?:\/|: )(?=.)/, '');
}

function linkTo(page: string): string {
  const address = pageAddress(page) ?? page;
  return `/${address.replace(/(?:index)?\.md$/, '')}`;
}
