import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Not among the tests of `npm test`, which needs nothing but Node: these need Chromium.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  // The console imports the package by its name: its sources, not what was built of them once.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/browser/**/*.test.ts'],
    // A browser takes a core for itself, of which there are two at least.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
});
