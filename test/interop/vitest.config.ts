import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { overHttp2 } from '../support/over-http2/plugin.js';

/**
 * `npm run interop`: the tests with official Go code as the peer. `npm test` runs none of them. With
 * TALOS_CLIENT_CARRIER=http2, our clients run over HTTP/2 framed here.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  // Packages of this repository by their names: their sources.
  resolve: { tsconfigPaths: true },
  plugins: process.env.TALOS_CLIENT_CARRIER === 'http2' ? [overHttp2()] : [],
  test: {
    include: ['test/interop/**/*.interop.ts'],
    setupFiles: ['test/support/seed.ts'],
    globalSetup: ['test/interop/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file has a Go process beside it, and some measure what a machine can do.
    maxWorkers: 2,
  },
});
