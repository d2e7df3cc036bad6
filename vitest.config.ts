import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the package by its name: its sources, not what was built of them once.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    globalSetup: ['test/support/coverage-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
