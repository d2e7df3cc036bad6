import { readFileSync } from 'node:fs';
import type { AnyMethod } from '../../src/runtime/method.js';

/** The RPC paths that a generated feature module names. */
export function pathsOf(feature: string): string[] {
  const source = readFileSync(`generated/features/${feature}.ts`, 'utf8');
  return [...source.matchAll(/path: '([^']+)'/g)].map(([, path]) => path ?? '');
}

/** The method without what its requests must state, for tests of everything else. */
export function lenient<M extends AnyMethod>({ required: _, ...facts }: M): M {
  return facts as M;
}
