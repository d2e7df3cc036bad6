import type { MetadataInit } from './metadata.js';

/**
 * Whom a call with `metadata` is for: one `node`, several `nodes`, or whichever `endpoint` answers.
 * If metadata has both, Talos uses `nodes`.
 */
export function addressee({ node, nodes }: MetadataInit): 'node' | 'nodes' | 'endpoint' {
  if (isNamed(nodes)) return 'nodes';
  return isNamed(node) ? 'node' : 'endpoint';
}

function isNamed(value: MetadataInit[string] | undefined): boolean {
  return value !== undefined && value.length > 0;
}
