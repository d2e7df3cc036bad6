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
 * `{ $patch: 'delete' }` in the place of a value deletes it, before anything is merged.
 */
export type DocumentPatch = {
  readonly [Kind in MachineConfigKind]: PatchOf<MachineConfigDocuments[Kind]>;
}[MachineConfigKind];

/** A part of a document, with deletions in it. */
type PatchOf<Value> = Value extends readonly (infer Item)[]
  ? readonly PatchOf<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]?: PatchOf<Value[Key]> | Deletion | null } & Partial<Deletion>
    : Value;
