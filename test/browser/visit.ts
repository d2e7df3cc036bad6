import type { BrowserContext, Page } from 'playwright-core';

/** What a page did that it should not do. */
export interface Complaints {
  /** Errors and warnings on the console, and exceptions that nobody caught. */
  readonly errors: string[];
  /** Requests that failed or were refused, with the reason. */
  readonly failed: string[];
  /** Requests to other hosts. None of them leaves this machine. */
  readonly foreign: string[];
}

/** A page, and what it did so far. */
export interface Watched {
  readonly page: Page;
  readonly complaints: Complaints;
}

/** Opens a page that is watched from its first request on. All that it needs is to come from `origin`. */
export async function openPage(context: BrowserContext, origin: string): Promise<Watched> {
  const complaints: Complaints = { errors: [], failed: [], foreign: [] };
  const page = await context.newPage();
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    complaints.errors.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.errors.push(`${page.url()}: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['data:', 'blob:'].includes(url.protocol) || url.origin === origin) return;
    complaints.foreign.push(url.href);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.failed.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints };
}
