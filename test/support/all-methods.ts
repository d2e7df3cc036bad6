import { readFileSync } from 'node:fs';

/** The RPC paths that a generated feature module names. */
export function pathsOf(feature: string): string[] {
  const source = readFileSync(`generated/features/${feature}.ts`, 'utf8');
  return [...source.matchAll(/path: '([^']+)'/g)].map(([, path]) => path ?? '');
}
