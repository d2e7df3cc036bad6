import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { destination, pageAddress, sources } from '../../site/addresses.js';
import { type SidebarItem, sidebars } from '../../site/navigation.js';

// What can be known of the site without building it; test/browser opens its pages.

const linksOf = (items: readonly SidebarItem[]): readonly string[] =>
  items.flatMap(({ link, items = [] }) => [
    ...(link === undefined ? [] : [link]),
    ...linksOf(items),
  ]);

describe('the side bars', () => {
  it('lead to every page, once', () => {
    const links = Object.values(sidebars()).flatMap(linksOf);
    const pages = sources().map((page) => `/${pageAddress(page)?.replace(/(?:index)?\.md$/, '')}`);
    expect([...links].sort()).toEqual([...pages].sort());
  });
});

describe('a link of a page', () => {
  it.each([
    ['docs/retries.md', 'omni.md', '/omni.md'],
    ['docs/operations/reboot.md', '../retries.md#anchor', '/retries.md#anchor'],
    ['docs/omni.md', 'operations/README.md', '/operations/index.md'],
    ['docs/omni.md', 'operations/', '/operations/index.md'],
    ['docs/omni.md', '../README.md', '/overview.md'],
    ['README.md', 'docs/omni.md', '/omni.md'],
    ['README.md', 'ARCHITECTURE.md', '/project/architecture.md'],
    ['docs/omni.md', '../testkit/README.md', '/testkit/index.md'],
    ['docs/omni.md', '../examples/omni.ts', '/examples/omni.md'],
    ['docs/omni.md', '../examples/main-job/main.ts', '/examples/main-job.md'],
    ['docs/omni.md', '../examples', '/examples/index.md'],
    ['docs/omni.md', '../examples/console/README.md', '/examples/console.md'],
  ])('from %s to %s leads to %s', (page, link, address) => {
    expect(destination(page, link)).toEqual({ href: address });
  });

  it('to a file that is no page leads to the file', () => {
    expect(destination('docs/observability.md', '../dashboards/talos-client.json')).toEqual({
      href: '/files/dashboards/talos-client.json',
      file: 'dashboards/talos-client.json',
    });
  });

  it('to nothing is an error that names the page', () => {
    expect(() => destination('docs/omni.md', 'gone.md')).toThrow(
      'docs/omni.md: gone.md leads to nothing',
    );
    expect(() => destination('docs/omni.md', '../src')).toThrow('a folder without a page');
  });

  it('leads somewhere on the site, whatever page it is on', () => {
    const links = sources().flatMap((page) => {
      const text = readFileSync(page, 'utf8').replace(/```.*?```/gs, '');
      const own = text.matchAll(/\]\((?![a-z]+:|#)([^)\s]+)/g);
      return [...own].map(([, link = '']) => [page, link] as const);
    });
    expect(links.length).toBeGreaterThan(1_000);
    const addresses = links.map(([page, link]) => destination(page, link).href);
    expect(addresses.filter((address) => !address.startsWith('/'))).toEqual([]);
  });
});
