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

/** The addresses that a search finds, the best first. */
async function find(page: Page, words: string): Promise<readonly string[]> {
  await page.keyboard.press('Control+k');
  await page.locator('.VPLocalSearchBox input').fill(words);
  await page.locator('.VPLocalSearchBox a.result').first().waitFor();
  const links = await page.locator('.VPLocalSearchBox a.result').all();
  return Promise.all(links.map(async (link) => (await link.getAttribute('href')) ?? ''));
}

describe('the search', () => {
  it('finds reboot, the operation among the first', async () => {
    const found = await find(watched.page, 'reboot');
    expect(found.slice(0, 5).join(' ')).toContain('/operations/reboot.html');
  });

  it('leads to what it found', async () => {
    const { page } = watched;
    await page
      .locator('.VPLocalSearchBox a.result[href*="/operations/reboot.html"]')
      .first()
      .click();
    await page.waitForURL(/\/operations\/reboot\.html/);
    await page.locator('h1', { hasText: 'reboot' }).waitFor();
  });

  it('finds methods in the reference', async () => {
    const found = await find(watched.page, 'removeMemberById');
    expect(found.join(' ')).toContain('/reference/etcd.html#etcdclientremovememberbyid');
    await watched.page.keyboard.press('Escape');
  });

  it('asks nobody else', () => {
    expect(watched.complaints).toEqual({ errors: [], failed: [], foreign: [] });
  });
});
