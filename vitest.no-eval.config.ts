import { resolve } from 'node:path';
import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

const room = (name: string): string => resolve(import.meta.dirname, 'test/support/room', name);

/**
 * All tests, with `node --disallow-code-generation-from-strings`. Two tools of the tests cannot do
 * without code from strings: protobufjs' reflection, which codecs are compared with, and
 * Handlebars, the generator's. They get a context of their own where it is allowed; the library,
 * the generated code and the tests do not.
 */
export default mergeConfig(
  config,
  defineConfig({
    resolve: {
      alias: [
        { find: /^protobufjs$/, replacement: room('protobufjs.ts') },
        { find: /^handlebars$/, replacement: room('handlebars.ts') },
      ],
    },
    test: {
      execArgv: ['--disallow-code-generation-from-strings'],
      setupFiles: [room('refused.ts')],
      exclude: [
        ...configDefaults.exclude,
        // The generator is no part of what is published.
        'test/codegen/**',
        // These start other programs, npm, tsc and node, and look at what those say: nothing of
        // the library runs in the process of the test.
        'test/package/**',
        'test/pages/pages.test.ts',
        'test/types/types.test.ts',
        'test/examples/**',
        'test/live/**',
        'test/docker/**',
      ],
    },
  }),
);
