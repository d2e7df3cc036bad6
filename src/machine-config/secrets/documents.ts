import type {
  MachineConfigDocuments,
  MachineConfigKind,
} from '../../../generated/machine-config/index.js';

/** The documents of a machine configuration: a `MachineConfig`, or what makes one. */
export interface Documents {
  readonly documents: readonly MachineConfigDocuments[MachineConfigKind][];
}

/** The first document of a kind; `v1alpha1` is the one without a kind. */
export function documentOf<Kind extends MachineConfigKind>(
  { documents }: Documents,
  kind: Kind,
): MachineConfigDocuments[Kind] | undefined {
  const found = documents.find((document) => (document.kind ?? 'v1alpha1') === kind);
  return found as MachineConfigDocuments[Kind] | undefined;
}
