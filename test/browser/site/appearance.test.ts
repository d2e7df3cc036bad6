import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../chromium.js';
import { brightness, weakTexts } from './light.js';
import { type Served, serveSite } from './serve.js';
import { PHONE, untilAlive } from './survey.js';

/** Pages of each kind. Pictures of them are left in `screenshots/`, for people to look at. */
const shown = [
  '/index.html',
  '/from-talosctl.html',
  '/resources.html',
  '/operations/index.html',
  '/operations/reboot.html',
  '/performance.html',
  '/api-surface.html',
  '/reference/index.html',
  '/reference/etcd.html',
  '/examples/live-table.html',
  '/project/architecture.html',
];

const DESKTOP = { width: 1440, height: 900 };
const screenshots = 'test/browser/screenshots';
let site: Served;
let browser: Browser;

beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
  mkdirSync(screenshots, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(site.origin + path);
  await untilAlive(page);
  return page;
}

const isDark = (page: Page) =>
  page.evaluate(() => document.documentElement.classList.contains('dark'));

describe.each(['light', 'dark'] as const)('in %s surroundings', (colorScheme) => {
  it.each(shown)('%s has texts that stand out', async (path) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: DESKTOP,
      reducedMotion: 'reduce',
    });
    const page = await open(context, path);
    expect(await isDark(page)).toBe(colorScheme === 'dark');
    expect(await weakTexts(page)).toEqual([]);
    const name = path.slice(1, -'.html'.length).replaceAll('/', '-');
    await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`) });
    await page.setViewportSize(PHONE);
    await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}-phone.png`) });
    await context.close();
  });

  it.each([
    ['/performance.html', 'performance'],
    ['/operations/reboot.html', 'tracker'],
    ['/project/architecture.html', 'way-of-a-call'],
  ])('the picture on %s has the colours that fit', async (path, name) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: DESKTOP,
      reducedMotion: 'reduce',
    });
    const page = await open(context, path);
    const picture = page.locator(`.vp-doc img[src*="${name}"], .vp-doc img[src^="data:image/svg"]`);
    const { darkest, brightest, mean } = await brightness(page, await picture.first().screenshot());
    if (colorScheme === 'dark') expect(mean).toBeLessThan(0.35);
    else expect(mean).toBeGreaterThan(0.65);
    expect(brightest - darkest).toBeGreaterThan(0.7);
    const file = join(screenshots, `picture-${name}-${colorScheme}.png`);
    await picture.first().screenshot({ path: file });
    await context.close();
  });
});

it('the switch changes light to dark, pictures too, and is remembered', async () => {
  const context = await browser.newContext({
    colorScheme: 'light',
    viewport: DESKTOP,
    reducedMotion: 'reduce',
  });
  const page = await open(context, '/operations/reboot.html');
  const picture = page.locator('.vp-doc img').first();
  expect(await isDark(page)).toBe(false);
  await page.locator('.VPNavBarAppearance .VPSwitchAppearance').click();
  expect(await isDark(page)).toBe(true);
  expect((await brightness(page, await picture.screenshot())).mean).toBeLessThan(0.35);
  await page.reload();
  expect(await isDark(page)).toBe(true);
  await context.close();
});

it('the side bar of a phone opens', async () => {
  const context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce' });
  const page = await open(context, '/operations/reboot.html');
  await page.locator('.VPLocalNav .menu').click();
  await page.locator('.VPSidebar.open').waitFor();
  await page.screenshot({ path: join(screenshots, 'side-bar-phone.png') });
  await context.close();
});

it('the search is shown', async () => {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce' });
  const page = await open(context, '/index.html');
  await page.keyboard.press('Control+k');
  await page.locator('.VPLocalSearchBox input').fill('reboot');
  await page.locator('.VPLocalSearchBox a.result').first().waitFor();
  await page.screenshot({ path: join(screenshots, 'search.png') });
  await context.close();
});
