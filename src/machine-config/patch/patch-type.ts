import type {
  MachineConfigDocuments,
  MachineConfigKind,
} from '../../../generated/machine-config/index.js';
import type { JsonOperation } from './json-patch.js';

/**
 * A patch: a text in any of the forms that `talosctl` takes (documents to merge, or a JSON patch in
 * JSON or YAML), a document to merge as an object, or the operations of a JSON patch.
 */
export type MachineConfigPatch = string | DocumentPatch | readonly JsonOperation[];

/** Takes away what stands under its key: a field, a key of a map, an item of a list. */
export interface Deletion {
  readonly $patch: 'delete';
}

/**
 * What is merged into the document of the same kind and name, or appended where there is none.
 * `{ $patch: 'delete' }` in the place of a value deletes it, before anything is merged; beside the
 * kind and name it deletes the document.
 */
export type DocumentPatch = {
  readonly [Kind in MachineConfigKind]: PatchOfDocument<MachineConfigDocuments[Kind]>;
}[MachineConfigKind];

/** What tells a document from others is needed as it is; everything else may be left out. */
type PatchOfDocument<Document> = Pick<Document, Extract<keyof Document, Identity>> &
  PatchOfFields<Omit<Document, Identity>> &
  Partial<Deletion>;

type Identity = 'apiVersion' | 'kind' | 'name' | 'version';

type PatchOfFields<Fields> = {
  readonly [Key in keyof Fields]?: PatchOf<Fields[Key]> | Deletion | null;
};

/** A part of a document, with deletions in it. */
type PatchOf<Value> = Value extends readonly (infer Item)[]
  ? readonly PatchOf<Item>[]
  : Value extends object
    ? PatchOfFields<Value> & Partial<Deletion>
    : Value;
