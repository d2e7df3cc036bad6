import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/coverage-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A machine that runs other work besides may starve a test of its turn once.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
