import { describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from './chromium.js';

describe('the Chromium of this system', () => {
  it('is looked for by its names in PATH, in their order', () => {
    const found = findChromium();
    expect(findChromium({ PATH: `/nowhere:${found.replace(/\/[^/]*$/, '')}` })).toBe(found);
  });

  it('is the one that CHROMIUM names', () => {
    const found = findChromium();
    expect(findChromium({ PATH: '', CHROMIUM: found })).toBe(found);
    expect(() => findChromium({ PATH: '', CHROMIUM: '/nowhere' })).toThrow('there is no /nowhere');
  });

  it('is asked for by name where it is missing', () => {
    expect(() => findChromium({ PATH: '/nowhere' })).toThrow('apt-get install chromium');
  });

  it('starts and shows a page', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.setContent('<title>here</title><p>text</p>');
      expect(await page.title()).toBe('here');
      expect(await page.locator('p').innerText()).toBe('text');
    } finally {
      await browser.close();
    }
  });
});
