import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The files beside the compiled code that npm packs of the package in `folder`. */
function packedFiles(folder: string): readonly string[] {
  const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly files: readonly string[];
  };
  const beside = files.flatMap((entry) => {
    const [begin = '', end] = entry.split('*');
    if (end === undefined) return [entry];
    return readdirSync(join(folder, begin))
      .filter((name) => name.endsWith(end))
      .map((name) => join(begin, name));
  });
  return ['README.md', ...beside];
}

/** Where the links of a page lead to, but for those to other sites and within the page. */
function linksOf(folder: string, page: string): readonly string[] {
  const text = readFileSync(join(folder, page), 'utf8').replace(/```.*?```/gs, '');
  const links = text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
  return [...links].map(([, link = '']) => normalize(join(dirname(page), link)));
}

describe.each(['.', 'testkit'])('the pages in the package of %s', (folder) => {
  const files = packedFiles(folder);
  const pages = files.filter((file) => file.endsWith('.md'));

  it('lead only to files that are in the package too', () => {
    const dead = pages.flatMap((page) =>
      linksOf(folder, page)
        // Pictures of a screen stay in the repository: nobody who installs the package needs them.
        .filter((link) => !link.endsWith('.png') && !files.includes(link))
        .map((link) => `${page} leads to ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('are there', () => {
    expect(pages).toContain('README.md');
    for (const file of files.filter((each) => each !== 'dist')) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
  });
});

it('links between the pages of the repository lead somewhere', () => {
  const pages = [
    ...packedFiles('.').filter((file) => file.endsWith('.md')),
    'testkit/README.md',
    'testkit/ARCHITECTURE.md',
    ...readdirSync('docs/reference', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs/reference', name)),
  ];
  const dead = pages.flatMap((page) =>
    linksOf('.', page)
      .filter((link) => !existsSync(link))
      .map((link) => `${page} leads to ${link}`),
  );
  expect(dead).toEqual([]);
  expect(pages.flatMap((page) => linksOf('.', page)).length).toBeGreaterThan(50);
});
