import { copyFileSync, createReadStream, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'vite';
import type { MarkdownRenderer } from 'vitepress';
import { destination, repository } from './addresses.js';

/** Files of the repository that pages link to and that are no pages: the site offers them as they are. */
const files = new Set<string>();

/** Leads the links of pages, which work in the repository, to where the site has the same. */
export function mapLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    const path: string | undefined = env.realPath ?? env.path;
    if (path === undefined) return; // a piece of text that belongs to no page
    const page = relative(repository, path);
    for (const token of tokens.flatMap((block) => block.children ?? [])) {
      if (token.type !== 'link_open') continue;
      const href = token.attrGet('href') ?? '';
      if (/^(?:[a-z]+:|#|\/)/.test(href)) continue;
      const { href: mapped, file } = destination(page, href);
      token.attrSet('href', mapped);
      if (file !== undefined) files.add(file);
    }
  });
}

/** Offers the files that pages link to while somebody writes. */
export const offeredFiles: Plugin = {
  name: 'files-of-the-repository',
  configureServer: ({ middlewares }) => {
    middlewares.use('/files', ({ url = '' }, response, next) => {
      const file = url.slice(1);
      if (files.has(file)) createReadStream(join(repository, file)).pipe(response);
      else next();
    });
  },
};

/** Puts the files that pages link to into the built site. */
export function offerFiles(outDir: string): void {
  for (const file of files) {
    const target = join(outDir, 'files', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(repository, file), target);
  }
}
