import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../chromium.js';
import { openPage, type Watched } from '../visit.js';
import { type Served, serveSite } from './serve.js';
import { untilAlive } from './survey.js';

let site: Served;
let browser: Browser;
let watched: Watched;

beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
  watched = await openPage(await browser.newContext(), site.origin);
  await watched.page.goto(site.origin);
  await untilAlive(watched.page);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const results = '.VPLocalSearchBox a.result';

/** Searches, and waits until a page that is looked for is among what is found. */
async function find(page: Page, words: string, address: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.locator('.VPLocalSearchBox input').fill(words);
  await page.locator(`${results}[href*="${address}"]`).first().waitFor();
}

describe('the search', () => {
  it('finds reboot, the operation among the first', async () => {
    const { page } = watched;
    await find(page, 'reboot', '/operations/reboot.html');
    const found = await page
      .locator(results)
      .evaluateAll((links) => links.slice(0, 5).map((link) => link.getAttribute('href')));
    expect(found).toContainEqual(expect.stringContaining('/operations/reboot.html'));
  });

  it('leads to what it found', async () => {
    const { page } = watched;
    await page.locator(`${results}[href*="/operations/reboot.html"]`).first().click();
    await page.waitForURL(/\/operations\/reboot\.html/);
    await page.locator('h1', { hasText: 'reboot' }).waitFor();
  });

  it.each([
    ['removeMemberById', '/reference/etcd.html#etcdclientremovememberbyid'],
    ['cannot be verified with the CAs', '/guides/troubleshooting.html'],
    ['talosctl dmesg', '/from-talosctl.html'],
  ])('finds %s', async (words, address) => {
    await find(watched.page, words, address);
    await watched.page.keyboard.press('Escape');
  });

  it('asks nobody else', () => {
    expect(watched.complaints).toEqual({ errors: [], failed: [], foreign: [] });
  });
});
