import { isMap, isScalar, type Node, type Pair, type YAMLMap } from 'yaml';
import { nearest } from '../../runtime/arguments/nearest.js';
import { kindInfo, kinds } from '../structure/structure.js';
import type { DataMap } from '../values.js';
import { Decoder } from './decode.js';
import { type Problems, shownKey } from './problems.js';
import { isKnownIn } from './release.js';
import { resolveScalar, textOf } from './scalar.js';
import type { YamlDocument } from './yaml.js';

/** A document as a plain value, and what tells it from others. */
export interface Decoded {
  /** `v1alpha1` for the document that states no kind. */
  readonly kind: string;
  readonly value: DataMap;
  /** Where it starts. */
  readonly line: number | undefined;
}

export interface DecodeOptions {
  /** The release that is to read it, as `1.12`. */
  readonly release: string;
}

/** Keys that make a document without a kind the `v1alpha1` one. */
const oldKeys = ['machine', 'cluster', 'debug', 'persist'];

/**
 * Decodes a document by its kind. Problems are added to `problems`; `undefined` for a document of
 * comments alone, and for one whose kind is unknown.
 */
export function decodeDocument(
  document: YamlDocument,
  problems: Problems,
  { release }: DecodeOptions,
): Decoded | undefined {
  const { contents, places, target } = document;
  const place = places(contents);
  if (contents === null || isNull(contents)) return undefined;
  if (!isMap(contents)) {
    problems.add({ message: 'must be a map: a document of a machine configuration', ...place });
    return undefined;
  }
  const head = readHead(contents);
  const kind = kindOfHead(head);
  if (typeof kind !== 'string') {
    problems.add({ message: kind.trouble, ...place, ...kind.at });
    return undefined;
  }
  const info = kindInfo(kind);
  const label = head.name === undefined ? kind : `${kind}/${shownKey(head.name)}`;
  const trouble = info === undefined ? unknownKind(kind) : isKnownIn(release, info);
  if (info === undefined || trouble !== undefined) {
    problems.add({ message: `the kind ${shownKey(kind)} ${trouble}`, ...place });
    return undefined;
  }
  const decoder = new Decoder({ problems, places, target, release, document: label });
  return { kind, value: decoder.structure(contents, info.structure), line: place?.line };
}

interface Head {
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  readonly name: string | undefined;
  readonly isOld: boolean;
}

function readHead(map: YAMLMap): Head {
  const found = new Map<string, string | undefined>();
  for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
    if (isScalar(key)) found.set(textOf(key), isScalar(value) ? textOf(value) : undefined);
  }
  const text = (key: string) => found.get(key) || undefined;
  return {
    kind: text('kind'),
    apiVersion: text('apiVersion'),
    name: text('name'),
    isOld: oldKeys.some((key) => found.has(key)),
  };
}

function kindOfHead({ kind, apiVersion, isOld }: Head): string | { trouble: string; at?: object } {
  if (kind === undefined) {
    if (isOld || apiVersion === 'v1alpha1') return 'v1alpha1';
    return {
      trouble: 'has no kind, and is not the v1alpha1 document either, which has machine or cluster',
    };
  }
  if (apiVersion === undefined && !isOld) return { trouble: 'has a kind but no apiVersion' };
  if (apiVersion !== undefined && apiVersion !== 'v1alpha1') {
    return { trouble: 'has another apiVersion than v1alpha1' };
  }
  return kind === 'v1alpha1' ? { trouble: 'has no kind of that name' } : kind;
}

function unknownKind(kind: string): string {
  const near = nearest(
    kind,
    kinds().map((info) => info.kind),
  );
  return near === undefined ? 'is unknown' : `is unknown; did you mean ${near}?`;
}

function isNull(node: Node): boolean {
  return isScalar(node) && resolveScalar(node) === null;
}
