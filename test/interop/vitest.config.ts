import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run interop`: the tests with official Go code as the peer. `npm test` runs none of them. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  // Packages of this repository by their names: their sources.
  resolve: { tsconfigPaths: true },
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
