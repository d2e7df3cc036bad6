import type { Plugin } from 'vite';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../../scripts/reference/anchors.js';
import { pageAddress } from '../addresses.js';
import { linkTypes } from '../code-links.js';
import { mapLinks, offeredFiles, offerFiles } from '../links.js';
import { sidebars } from '../navigation.js';

/** Pages stand outside of this package, where Vue would not be found while they are printed. */
const vueOfTheSite: Plugin = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId: (id, _importer, { ssr }) =>
    ssr && /^vue(?:\/server-renderer)?$/.test(id) ? { id, external: true } : undefined,
};

// The pages are those of the repository, where they stand. `../addresses.ts` says which, and where the
// site has them; their links are led there.
export default defineConfig({
  title: 'talos-client',
  description: 'The TypeScript client for the gRPC API of Talos Linux',
  lang: 'en',
  srcDir: '..',
  outDir: 'dist',
  cacheDir: 'node_modules/.vitepress',
  srcExclude: [
    '!(docs|site|testkit|examples|*.md)/**',
    'site/!(pages)/**',
    'testkit/!(*.md)/**',
    'examples/*/*/**',
  ],
  rewrites: (file) => pageAddress(file) ?? file,
  head: [['link', { rel: 'icon', href: '/mark.svg', type: 'image/svg+xml' }]],
  buildEnd: ({ outDir }) => offerFiles(outDir),
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      mapLinks(markdown);
      linkTypes(markdown);
    },
  },
  vite: {
    publicDir: 'site/public',
    plugins: [vueOfTheSite, offeredFiles],
    // The index of the search is one piece; it is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 4_000 },
  },
  themeConfig: {
    logo: '/mark.svg',
    externalLinkIcon: true,
    outline: { level: [2, 3] },
    sidebar: sidebars(),
    nav: [
      { text: 'Guides', link: '/guides/', activeMatch: '^/guides/' },
      { text: 'From talosctl', link: '/from-talosctl' },
      { text: 'Operations', link: '/operations/', activeMatch: '^/operations/' },
      { text: 'Resources', link: '/resources' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
    ],
    search: {
      provider: 'local',
      options: {
        // Highlighting would cost half of the time, and the raw specs would hide what one looks for.
        _render: (text, env, markdown) =>
          env.relativePath.startsWith('docs/reference/definitions/')
            ? ''
            : markdown.render(text.replace(/^```.+$/gm, '```'), env),
        miniSearch: {
          searchOptions: {
            // Guides first: the reference names everything.
            boostDocument: (id: string) => (id.startsWith('/reference/') ? 0.4 : 1),
          },
        },
      },
    },
  },
});
