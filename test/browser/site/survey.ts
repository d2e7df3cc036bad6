import type { Browser, Page } from 'playwright-core';
import { type Complaints, openPage } from '../visit.js';
import type { Served } from './serve.js';

/** What was seen on a page. */
export interface Seen {
  readonly path: string;
  readonly heading: string;
  /** What anchors can lead to. */
  readonly ids: ReadonlySet<string>;
  /** Where its links lead: whole addresses. */
  readonly links: readonly string[];
  /** What reaches beyond the width of a phone: the elements, as selectors. */
  readonly tooWide: readonly string[];
}

export interface Survey {
  readonly pages: readonly Seen[];
  readonly complaints: Complaints;
}

const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

/** How many pages are open at once. */
const TABS = 3;

/** Opens every page of the site, and looks at each as wide as a desktop and as wide as a phone. */
export async function survey(browser: Browser, { origin, pages }: Served): Promise<Survey> {
  const context = await browser.newContext({ viewport: DESKTOP });
  // As for somebody who saves data: pages do not load those that they link to ahead.
  await context.addInitScript(() => {
    Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
  });
  const rest = [...pages];
  const seen: Seen[] = [];
  const complaints: Complaints[] = [];
  await Promise.all(
    Array.from({ length: TABS }, async () => {
      const watched = await openPage(context, origin);
      complaints.push(watched.complaints);
      for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
        await watched.page.goto(origin + path);
        seen.push({ path, ...(await lookAt(watched.page)) });
      }
    }),
  );
  await context.close();
  const all = (key: keyof Complaints) => complaints.flatMap((each) => each[key]);
  return {
    pages: seen,
    complaints: { errors: all('errors'), failed: all('failed'), foreign: all('foreign') },
  };
}

async function lookAt(page: Page): Promise<Omit<Seen, 'path'>> {
  await untilAlive(page);
  const { heading, ids, links } = await page.evaluate(() => ({
    heading: document.querySelector('h1')?.textContent?.trim() ?? '',
    ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    links: [...document.querySelectorAll('a[href]')].map(
      (link) => (link as HTMLAnchorElement).href,
    ),
  }));
  await page.setViewportSize(PHONE);
  const tooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('main *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return [
      `${scrollWidth} of ${clientWidth}`,
      ...wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)),
    ];
  });
  await page.setViewportSize(DESKTOP);
  return { heading, ids: new Set(ids), links, tooWide };
}

/** Waits until the scripts of a page have taken it over. */
export async function untilAlive(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const app = document.querySelector('#app');
    return app !== null && '__vue_app__' in app;
  });
}
