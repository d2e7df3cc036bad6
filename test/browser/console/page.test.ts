import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ConsoleServer } from '../../../examples/console/server.js';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import { served } from '../../examples/console/support.js';
import { launchChromium } from '../chromium.js';
import { weakTexts } from '../site/light.js';
import { PHONE } from '../site/survey.js';
import { openPage, type Watched } from '../visit.js';

const screenshots = 'test/browser/screenshots';
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  mkdirSync(screenshots, { recursive: true });
});
afterAll(() => browser?.close());

/** A new browser that opens the address of a console, or another one there. */
async function open(
  server: ConsoleServer,
  address: string = server.access.url,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  // Browser, console and cluster share the processors of one machine.
  context.setDefaultTimeout(90_000);
  const watched = await openPage(context, new URL(server.access.url).origin);
  await watched.page.goto(address);
  return watched;
}

/** The card of a node. */
const card = (page: Page, name: string) => page.locator(`.card[data-node="${name}"]`);

/** Waits until the card of a node has a tone. */
function untilTone(page: Page, name: string, tone: 'good' | 'busy' | 'bad'): Promise<void> {
  return page.locator(`.card[data-node="${name}"][data-tone="${tone}"]`).waitFor();
}

const nothingBad = { errors: [], failed: [], foreign: [] };

describe('the page of the console', { timeout: 180_000 }, () => {
  it('shows nodes, etcd, events and a log, and forgets its token in the address', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 2 });
    const { page, complaints } = await open(server);
    for (const name of ['cp-1', 'worker-1', 'worker-2']) await untilTone(page, name, 'good');
    expect(await card(page, 'worker-1').innerText()).toMatch(
      /^worker-1\s+running\s+10\.5\.0\.3 · worker\s+v1\.14\.0 · up /,
    );
    // Drawn as soon as there are two samples.
    await card(page, 'worker-1').locator('.cpu path.line').waitFor();
    await page.locator('[data-member="cp-1"]', { hasText: 'leader' }).waitFor();
    await page.locator('#events li', { hasText: 'stage RUNNING, ready' }).first().waitFor();
    expect(page.url()).not.toContain(server.access.token);
    await page.reload();
    await untilTone(page, 'cp-1', 'good');

    await page.selectOption('#log-service', 'etcd');
    await page.selectOption('#log-node', { label: 'cp-1' });
    machines.node('cp-1').logs.write('etcd', '<img src="x" onerror="document.title = 1">');
    await page.locator('#log li', { hasText: '<img src="x"' }).waitFor();
    expect(await page.title()).toBe('talos-sim · Talos cluster');

    // Somebody who changes their mind faster than the console answers.
    await page.route(/live\?service=trustd/, () => {});
    await page.locator('#log-service').evaluate((select: HTMLSelectElement) => {
      for (const service of ['kubelet', 'trustd', 'apid']) {
        select.value = service;
        select.dispatchEvent(new Event('change'));
      }
    });
    await page.locator('#log li').first().waitFor();
    for (const service of ['etcd', 'kubelet', 'trustd', 'apid']) {
      machines.node('cp-1').logs.write(service, `a line of ${service}`);
    }
    await page.locator('#log li', { hasText: 'a line of apid' }).waitFor();
    const lines = page.locator('#log li', { hasText: 'a line of' });
    expect((await lines.allInnerTexts()).join()).not.toMatch(/a line of (?:kubelet|trustd|etcd)/);
    expect(server.feeds.size).toBe(1);
    expect(complaints).toEqual(nothingBad);
  });

  it('follows a reboot to its end', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 2 });
    const { page, complaints } = await open(server);
    await untilTone(page, 'worker-1', 'good');
    for (const name of ['cp-1', 'worker-2']) await page.getByLabel(name, { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Reboot…' }).click();
    await page.getByRole('button', { name: 'Reboot one node' }).click();
    await page.locator('.card[data-node="worker-1"] .pill', { hasText: 'rebooting' }).waitFor();
    await page.locator('#run-state[data-state="done"]').waitFor();
    const row = page.locator('#run [data-node="worker-1"][data-state="done"]');
    expect(await row.locator('.steps li').allInnerTexts()).toEqual(
      expect.arrayContaining(['cordon', 'drain', 'send', 'ready', 'uncordon']),
    );
    await untilTone(page, 'worker-1', 'good');
    expect(await card(page, 'worker-1').innerText()).toMatch(/ up \d+ s/);
    expect(machines.journal.of(lifecycleMethods.reboot)).toHaveLength(1);
    expect(complaints).toEqual(nothingBad);
  });

  it('shows a node that is cut off in red, and that it is back', async () => {
    const { machines, server } = await served({ controlPlanes: 1, workers: 1 });
    const { page, complaints } = await open(server);
    await untilTone(page, 'worker-1', 'good');
    machines.node('worker-1').disconnect();
    await untilTone(page, 'worker-1', 'bad');
    const color = await card(page, 'worker-1').evaluate(
      (element) => getComputedStyle(element).borderTopColor,
    );
    expect(color).toBe('rgb(179, 38, 30)');
    expect(await card(page, 'worker-1').innerText()).toContain('no answer');
    expect(await page.locator('#summary').innerText()).toContain('no answer from worker-1');
    await card(page, 'worker-1').locator('.cpu .gap').first().waitFor({ state: 'attached' });
    await page.locator('#events [data-kind="mark"]', { hasText: 'connection lost' }).waitFor();
    await page.getByRole('button', { name: 'Connect worker-1' }).click();
    await untilTone(page, 'worker-1', 'good');
    await page.locator('#summary', { hasText: '2 of 2 nodes ready' }).waitFor();
    await page.locator('#events [data-kind="mark"]', { hasText: 'connected again' }).waitFor();
    expect(complaints).toEqual(nothingBad);
  });

  it('offers nothing where it may only look', async () => {
    const { server } = await served(undefined, { mayAct: false, isSimulated: false });
    const { page, complaints } = await open(server);
    await untilTone(page, 'worker-1', 'good');
    expect(await page.locator('#mode').innerText()).toBe('read-only');
    expect(await page.getByRole('button').count()).toBe(0);
    expect(complaints).toEqual(nothingBad);
  });

  it('is used with the keyboard alone', async () => {
    const { machines, server } = await served();
    const { page } = await open(server);
    await untilTone(page, 'worker-1', 'good');
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');
    const seen = new Set<string>();
    for (let count = 0; count < 40 && !seen.has('log'); count += 1) {
      await page.keyboard.press('Tab');
      seen.add(await focused());
    }
    const all = ['reboot', 'upgrade', 'image', 'events', 'log-service', 'log-node', 'log'];
    expect([...seen]).toEqual(expect.arrayContaining([...all, 'Cut off']));
    await page.locator('#reboot').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#confirm').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('#confirm').isVisible()).toBe(false);
    expect(machines.journal.of(lifecycleMethods.reboot)).toEqual([]);
  });

  it('says that the console has gone', async () => {
    const { server } = await served();
    const { page } = await open(server);
    await untilTone(page, 'worker-1', 'good');
    await server[Symbol.asyncDispose]();
    await page.locator('#connection', { hasText: 'connection lost' }).waitFor();
  });

  it.each(['light', 'dark'] as const)('is good to read in %s surroundings', async (colorScheme) => {
    const { machines, server } = await served({ controlPlanes: 3, workers: 2 });
    const { page, complaints } = await open(server, undefined, {
      colorScheme,
      viewport: { width: 1280, height: 900 },
    });
    await untilTone(page, 'cp-1', 'good');
    machines.node('worker-2').disconnect();
    await untilTone(page, 'worker-2', 'bad');
    await page.getByLabel('worker-2', { exact: true }).uncheck();
    await page.getByRole('button', { name: 'Reboot…' }).click();
    expect(await weakTexts(page)).toEqual([]);
    await page.getByRole('button', { name: 'Reboot 4 nodes' }).click();
    await page.locator('.card[data-tone="busy"]').first().waitFor();
    await page.locator('.card summary').first().click();
    expect(await weakTexts(page)).toEqual([]);
    await page.screenshot({ path: `${screenshots}/console-${colorScheme}.png` });
    await page.setViewportSize(PHONE);
    const [wide, narrow] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.clientWidth,
    ]);
    expect(wide).toBe(narrow);
    await page.screenshot({
      path: `${screenshots}/console-${colorScheme}-phone.png`,
      fullPage: true,
    });
    expect(complaints).toEqual(nothingBad);
  });
});

describe('who is not the page of the console', { timeout: 180_000 }, () => {
  it('gets nothing with a wrong token, and is told what to do', async () => {
    const { machines, server } = await served();
    for (const fragment of ['#token=wrong', '']) {
      const { page, complaints } = await open(server, server.access.url.replace(/#.*/, fragment));
      await page.locator('#notice', { hasText: 'Open the whole address' }).waitFor();
      expect(await page.locator('#connection').innerText()).toBe('not let in');
      expect(await page.locator('.card').count()).toBe(0);
      expect(complaints.failed).toEqual([expect.stringMatching(/^401 .*\/live\?/)]);
    }
    expect(machines.journal.calls).toEqual([]);
  });

  it('gets nothing from another origin, even with the token', async () => {
    const { machines, server } = await served();
    const other = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>other</title>');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => {
      other.closeAllConnections();
      other.close();
    });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const { url, token } = server.access;
    const asked = await page.evaluate(
      async ({ base, bearer }) => {
        const text = (path: string, init: RequestInit) =>
          fetch(base + path, init).then(
            async (response) => `${response.type} ${await response.text()}`,
            (error: Error) => error.name,
          );
        const headers = { authorization: `Bearer ${bearer}` };
        const body = JSON.stringify({ nodes: ['10.5.0.3'] });
        return [
          await text('live', { headers }),
          await text('actions/reboot', { method: 'POST', headers, body }),
          await text('actions/reboot', { method: 'POST', mode: 'no-cors', body }),
          await text('page.js', { mode: 'no-cors' }),
        ];
      },
      { base: url.replace(/#.*/, ''), bearer: token },
    );
    // What is opaque is empty for the page, and was refused: the journal says so.
    for (const answer of asked) expect(['TypeError', 'opaque ']).toContain(answer);
    await page.evaluate((address) => {
      const frame = document.createElement('iframe');
      frame.src = address;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      return loaded;
    }, url);
    expect(await page.frames().at(-1)?.locator('#nodes').count()).toBe(0);
    expect(server.feeds.size).toBe(0);
    expect(machines.journal.calls).toEqual([]);
  });
});
