import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contract, ContractSource } from './contract.js';
import { type JsonValue, parseJson } from './json-reader.js';

/** Name of the file in a tree that says which releases its facts were read from. */
export const sourcesFile = 'sources.json';

/** What `sources.json` says of a tree. */
export interface Sources {
  readonly source: ContractSource;
  /** Files that the tree imports and has not. */
  readonly notEmbedded: readonly string[];
  /** Files to leave out of source folders. */
  readonly skip: readonly string[];
}

/** The text of `sources.json`. It holds no date, so that the same facts give the same bytes. */
export function renderSources(contract: Contract, skip: readonly string[] = []): string {
  const { source, notEmbedded } = contract;
  const members = { ...source, notEmbedded, ...(skip.length > 0 ? { skip } : {}) };
  return `${JSON.stringify(members, null, 2)}\n`;
}

/**
 * Reads the `sources.json` of a tree; `undefined` if there is none. Throws `ContractError` with
 * the JSON path if it is not one.
 */
export function readSources(tree: string): Sources | undefined {
  const path = join(tree, sourcesFile);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
  const members = parseJson(text, path).object([...sourceMembers, 'notEmbedded', 'skip']);
  const paths = (key: 'notEmbedded' | 'skip') => members.get(key).list((item) => item.string());
  return {
    source: sourceFrom(members),
    notEmbedded: paths('notEmbedded'),
    skip: members.has('skip') ? paths('skip') : [],
  };
}

/** The members that name a contract's source. */
export const sourceMembers = ['talos', 'cosiSpecification', 'cosiRuntime'] as const;

type SourceMember = (typeof sourceMembers)[number];

/** Reads those members. */
export function sourceFrom(members: {
  get(key: SourceMember): JsonValue;
  has(key: SourceMember): boolean;
}): ContractSource {
  const optional = (key: SourceMember) =>
    members.has(key) ? { [key]: members.get(key).string() } : {};
  return {
    talos: members.get('talos').string(),
    ...optional('cosiSpecification'),
    ...optional('cosiRuntime'),
  };
}
