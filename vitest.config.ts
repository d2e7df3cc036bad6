import { configDefaults, defineConfig } from 'vitest/config';
import { overHttp2 } from './test/support/over-http2/plugin.js';

/**
 * All tests over grpc-js, and some of them over HTTP/2 framed here as well. With
 * TALOS_CLIENT_CARRIER=http2, all that make calls over sockets, over HTTP/2 framed here.
 */
const isHttp2 = process.env.TALOS_CLIENT_CARRIER === 'http2';

const coverage = { globalSetup: ['test/support/coverage-setup.ts'] };
const http2 = {
  extends: true,
  plugins: [overHttp2()],
} as const;
const exclude = [...configDefaults.exclude, 'test/runtime/carriers/**'];

export default defineConfig({
  // Examples import the package by its name: its sources, not what was built of them once.
  resolve: { tsconfigPaths: true },
  test: {
    setupFiles: ['test/support/seed.ts'],
    // `npm run test:browser` runs what needs a browser.
    exclude: [...configDefaults.exclude, 'test/browser/**'],
    // Many tests wait for sockets and clocks: one worker for each core, and one for the waiting.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What comes soon may take long on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    projects: isHttp2
      ? [
          {
            ...http2,
            test: {
              name: 'http2',
              include: ['runtime', 'features', 'hostile', 'testkit/sockets'].map(
                (folder) => `test/${folder}/**/*.test.ts`,
              ),
              exclude,
              ...coverage,
            },
          },
        ]
      : [
          { extends: true, test: { name: 'grpc-js', include: ['test/**/*.test.ts'], ...coverage } },
          {
            ...http2,
            test: {
              name: 'http2',
              include: ['test/hostile/behaviours.test.ts', 'test/runtime/calls/**/*.test.ts'],
              exclude,
              env: { TALOS_CLIENT_CARRIER: 'http2' },
            },
          },
        ],
  },
});
