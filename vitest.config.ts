import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the package by its name: its sources, not what was built of them once.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/coverage-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A machine that runs other work besides may starve a test of its turn once.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
