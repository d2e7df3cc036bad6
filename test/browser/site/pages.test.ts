import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../chromium.js';
import { type Served, serveSite } from './serve.js';
import { type Survey, survey } from './survey.js';

let site: Served;
let found: Survey;

beforeAll(async () => {
  site = await serveSite();
  const browser = await launchChromium();
  found = await survey(browser, site).finally(() => browser.close());
});

afterAll(() => site?.[Symbol.asyncDispose]());

/** The page that an address of the site leads to. */
function pageOf({ pathname }: URL): string {
  if (pathname.endsWith('/')) return `${pathname}index.html`;
  return /\.\w+$/.test(pathname) ? pathname : `${pathname}.html`;
}

describe('every page of the site', () => {
  it('is among those that were opened', () => {
    expect(found.pages.map(({ path }) => path).sort()).toEqual(site.pages);
    expect(site.pages.length).toBeGreaterThan(100);
  });

  it('opens without an error on the console', () => {
    expect(found.complaints.errors).toEqual([]);
    expect(found.complaints.failed).toEqual([]);
  });

  it('asks other hosts for nothing', () => {
    expect(found.complaints.foreign).toEqual([]);
  });

  it('has a heading', () => {
    const without = found.pages.filter(({ heading }) => heading === '');
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it('fits the width of a phone', () => {
    const wide = found.pages.filter(({ tooWide }) => tooWide.length > 0);
    expect(wide.map(({ path, tooWide }) => [path, ...tooWide])).toEqual([]);
  });

  it('has links that lead somewhere, to their anchors', async () => {
    const pages = new Map(found.pages.map((page) => [page.path, page]));
    const dead: string[] = [];
    const files = new Set<string>();
    for (const { path, links } of found.pages) {
      for (const link of new Set(links)) {
        const url = new URL(link);
        if (url.origin !== site.origin) continue;
        const page = pages.get(pageOf(url));
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (page === undefined) files.add(url.pathname);
        else if (anchor !== '' && !page.ids.has(anchor))
          dead.push(`${path}: ${url.pathname}#${anchor}`);
      }
    }
    for (const file of files) {
      const { status } = await fetch(site.origin + file);
      if (status !== 200) dead.push(file);
    }
    expect(dead).toEqual([]);
  });

  it('of the reference leads from types in code to where they are described', () => {
    const etcd = found.pages.find(({ path }) => path === '/reference/etcd.html');
    expect(etcd?.links).toContain(`${site.origin}/reference/messages.html#metadata`);
    expect(etcd?.links).toContain(`${site.origin}/reference/index-client.html#calloptions`);
  });

  it('links to other sites over https alone', () => {
    const others = found.pages.flatMap(({ path, links }) =>
      links
        .filter((link) => !link.startsWith(site.origin) && !link.startsWith('https://'))
        .map((link) => `${path}: ${link}`),
    );
    expect(others).toEqual([]);
  });
});
