import { defineConfig } from 'vitest/config';

/** The suite against a cluster that exists: read only, one file, and patient. */
export default defineConfig({
  // Packages of this repository by their names: their sources.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/live/**/*.live.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
