import { defineConfig } from 'vitest/config';

const isAll = process.env.TALOS_CLIENT_POSTGRES === 'all';

/** The tests that need PostgreSQL: those that a change has to pass, or all of them. */
export default defineConfig({
  // Packages of this repository by their names: their sources.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/postgres/**/*.postgres.ts', ...(isAll ? ['test/postgres/**/*.long.ts'] : [])],
    globalSetup: ['test/postgres/support/global-setup.ts'],
    maxWorkers: 3,
    testTimeout: isAll ? 600_000 : 120_000,
    hookTimeout: 60_000,
  },
});
