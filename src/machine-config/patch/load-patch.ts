import { isMap as isMapNode, isScalar, isSeq, type Node } from 'yaml';
import { MachineConfigError, type MachineConfigProblem } from '../error.js';
import { decodeDocument } from '../parse/document.js';
import { documentOf } from '../parse/nodes.js';
import { Problems } from '../parse/problems.js';
import { resolveScalar } from '../parse/scalar.js';
import { readYaml, type YamlDocument } from '../parse/yaml.js';
import { type DataMap, isMap, keysOf } from '../values.js';
import { type DeleteSelector, extractDeletes } from './delete-selectors.js';
import { freeData } from './free-data.js';
import type { JsonOperation } from './json-patch.js';
import { loadingText } from './loading-text.js';
import { PatchFailure } from './patch-failure.js';

/** A patch that is read: what it deletes and merges, in order, or the operations of a JSON patch. */
export type LoadedPatch =
  | { readonly form: 'strategic'; readonly parts: readonly PatchPart[] }
  | { readonly form: 'json'; readonly operations: readonly JsonOperation[] };

/** One thing that a strategic patch does. */
export type PatchPart =
  | { readonly deletes: DeleteSelector }
  | { readonly merges: { readonly kind: string; readonly value: DataMap } };

export interface LoadOptions {
  /** The release that is to read the result, as `1.12`. */
  readonly release: string;
}

/** How many deletions a patch may have: each one looks through what it deletes from. */
const maxDeletions = 10_000;

/**
 * Reads a patch. A text is documents to merge, else a JSON patch in JSON or YAML, told apart as
 * `talosctl` does; a list is a JSON patch, an object a document to merge.
 *
 * @throws {MachineConfigError} when it is none of them.
 */
export function loadPatch(patch: unknown, options: LoadOptions): LoadedPatch {
  if (typeof patch === 'string') return loadText(patch, options);
  const problems = new Problems();
  if (Array.isArray(patch)) return loadOperations(documentOf(patch, problems), problems);
  if (!isMap(patch)) {
    throw new MachineConfigError([{ message: 'a patch is a text, an object or a list' }]);
  }
  const document = documentOf(patch, problems);
  problems.throwIfAny();
  return keysOf(patch).length === 0 ? empty : loadDocuments([document], options);
}

/** What a text without documents and operations is: it changes nothing. */
const empty: LoadedPatch = { form: 'json', operations: [] };

function loadText(text: string, options: LoadOptions): LoadedPatch {
  const documents = readYaml(text).filter(({ contents }) => !isEmpty(contents));
  const [first] = documents;
  if (first === undefined) return empty;
  // What is no list can be no JSON patch; a list can be nothing else.
  if (documents.length > 1 || !isSeq(first.contents)) return loadDocuments(documents, options);
  return loadOperations(first, new Problems());
}

function isEmpty(contents: Node | null): boolean {
  return (
    contents === null ||
    (isScalar(contents) && resolveScalar(contents) === null) ||
    (isMapNode(contents) && contents.items.length === 0)
  );
}

function loadDocuments(documents: readonly YamlDocument[], options: LoadOptions): LoadedPatch {
  const parts: PatchPart[] = [];
  const problems: MachineConfigProblem[] = [];
  for (const document of documents) {
    const line = document.places(document.contents)?.line ?? 1;
    try {
      const { selectors, isEmpty: isGone } = extractDeletes(document.contents);
      parts.push(...selectors.map((selector) => ({ deletes: selector })));
      if (isGone) continue;
      const found = new Problems();
      const merges = decodeDocument(document, found, options);
      if (merges !== undefined && found.isEmpty) parts.push({ merges });
      else problems.push({ message: loadingText(document, found.all), line }, ...found.all);
    } catch (error) {
      if (!(error instanceof PatchFailure)) throw error;
      const place = `error processing patch delete statements at line ${line}`;
      problems.push({ message: `${place}: ${error.message}`, line });
    }
  }
  if (problems.length === 0 && parts.length === 0) {
    problems.push({ message: 'config not found: the patch has nothing but a kind and a name' });
  }
  if (parts.filter((part) => 'deletes' in part).length > maxDeletions) {
    problems.push({ message: `has more than ${maxDeletions} deletions` });
  }
  if (problems.length > 0) throw new MachineConfigError(problems);
  return { form: 'strategic', parts: inOrder(parts) };
}

/** Deletions in the v1alpha1 document come first, and then it, whatever their order in the text. */
function inOrder(parts: readonly PatchPart[]): PatchPart[] {
  const isOld = (part: PatchPart) =>
    ('deletes' in part ? part.deletes.kind : part.merges.kind) === 'v1alpha1';
  return [
    ...parts.filter((part) => isOld(part) && 'deletes' in part),
    ...parts.filter((part) => isOld(part) && 'merges' in part),
    ...parts.filter((part) => !isOld(part)),
  ];
}

function loadOperations(document: YamlDocument, problems: Problems): LoadedPatch {
  problems.throwIfAny();
  const type = { kind: 'list', item: { kind: 'free' }, pointers: false } as const;
  const operations = freeData(document, problems, type);
  problems.throwIfAny();
  return { form: 'json', operations: operations as JsonOperation[] };
}
