import { defineConfig } from 'vitest/config';
import { overHttp2 } from './test/support/over-http2/plugin.js';

const isHttp2 = process.env.TALOS_CLIENT_CARRIER === 'http2';

export default defineConfig({
  // Examples import the package by its name: its sources, not what was built of them once.
  resolve: { tsconfigPaths: true },
  plugins: isHttp2 ? [overHttp2()] : [],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/coverage-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
