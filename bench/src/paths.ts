import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The benchmark's own folder. */
export const benchFolder = at('..');
/** The library's folder. */
export const libraryFolder = at('../..');
/** Everything made at bench time: the peers' code, samples, bundles, results. Not committed. */
export const outFolder = at('../generated');
