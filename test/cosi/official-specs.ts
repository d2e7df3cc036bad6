import { readFileSync } from 'node:fs';
import type { Resource as WireResource } from '../../generated/features/resources.js';
import type { AnyKind } from '../../src/cosi/kind.js';
import { kinds } from './kinds.js';

/** A spec that the official code wrote. */
export interface OfficialSpec {
  readonly type: string;
  readonly yaml: string;
  /** In base64, null for none; absent for releases whose numbers are never read. */
  readonly proto?: string | null;
}

/** The specs of one release, those of kinds that the contract still has. */
export function officialSpecs(release: string): readonly OfficialSpec[] {
  const file = new URL(`vectors/${release}.ndjson`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OfficialSpec)
    .filter(({ type }) => kinds.has(type));
}

export function kindOf({ type }: OfficialSpec): AnyKind {
  const kind = kinds.get(type);
  if (kind === undefined) throw new Error(`there is no kind ${type}`);
  return kind;
}

/** The resource as it comes from a node. */
export function wireOf({ type, yaml, proto }: OfficialSpec): WireResource {
  return {
    metadata: {
      namespace: 'any',
      type,
      id: 'sample',
      version: '1',
      owner: '',
      phase: 'running',
      created: { seconds: 1n, nanos: 0 },
      updated: { seconds: 1n, nanos: 0 },
      finalizers: [],
      labels: {},
      annotations: {},
    },
    spec: { protoSpec: Buffer.from(proto ?? '', 'base64'), yamlSpec: yaml },
  };
}
