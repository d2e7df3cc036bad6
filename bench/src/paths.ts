import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The benchmark's own folder. */
export const benchFolder = at('..');
/** The library's folder: the one around the benchmark, or that of another build to compare. */
export const libraryFolder = process.env.BENCH_LIBRARY ?? at('../..');
/** Everything made at bench time: the peers' code, samples, bundles, results. Not committed. */
export const outFolder = at('../generated');
