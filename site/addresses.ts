import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const repository = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** Pages that stand outside `docs/`, and where the site has them. */
const others: Readonly<Record<string, string>> = {
  'README.md': 'overview.md',
  'ARCHITECTURE.md': 'project/architecture.md',
  'CONTRIBUTING.md': 'project/contributing.md',
  'CHANGELOG.md': 'project/changelog.md',
  'RELEASING.md': 'project/releasing.md',
  'SECURITY.md': 'project/security.md',
  'testkit/README.md': 'testkit/index.md',
  'testkit/ARCHITECTURE.md': 'testkit/architecture.md',
};

/** Where the site has a page of the repository; nothing for files that are no pages of it. */
export function pageAddress(file: string): string | undefined {
  if (others[file] !== undefined) return others[file];
  const [, example] = /^examples\/([\w-]+)\/README\.md$/.exec(file) ?? [];
  if (example !== undefined) return `examples/${example}.md`;
  const [, inSite] = /^(?:docs|site\/pages)\/(.*\.md)$/.exec(file) ?? [];
  return inSite?.replace(/(^|\/)README\.md$/, '$1index.md');
}

/** All pages of the repository that the side bars lead to. */
export function sources(): readonly string[] {
  const examples = readdirSync(join(repository, 'examples')).map(
    (name) => `examples/${name}/README.md`,
  );
  const docs = readdirSync(join(repository, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => posix.join('docs', file));
  return [
    ...Object.keys(others),
    ...docs,
    'site/pages/examples/index.md',
    ...examples.filter((page) => existsSync(join(repository, page))),
  ].sort();
}

/** Where a link leads on the site. */
export interface Destination {
  readonly href: string;
  /** The file of the repository that the site has to offer under that address, if it is no page. */
  readonly file?: string;
}

/**
 * Where a link of a page leads on the site.
 *
 * @param page the page, from the folder of the repository
 * @param link relative to it, as it works in the repository
 * @throws {Error} when there is no such file
 */
export function destination(page: string, link: string): Destination {
  const [, path = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  const file = posix.join(posix.dirname(page), decodeURIComponent(path)).replace(/\/$/, '');
  if (!existsSync(join(repository, file))) throw new Error(`${page}: ${link} leads to nothing`);
  const [, example] = /^examples\/([\w-]+)(?:\.ts|\/.*|$)/.exec(file) ?? [];
  if (example !== undefined) return { href: `/examples/${example}.md` };
  if (file === 'examples') return { href: '/examples/index.md' };
  const isFolder = statSync(join(repository, file)).isDirectory();
  const starts = isFolder ? [`${file}/README.md`, `${file}/index.md`] : [file];
  const start = starts.find((each) => existsSync(join(repository, each)));
  const address = start && pageAddress(start);
  if (address !== undefined) return { href: `/${address}${anchor}` };
  if (isFolder) throw new Error(`${page}: ${link} is a folder without a page`);
  return { href: `/files/${file}`, file };
}
