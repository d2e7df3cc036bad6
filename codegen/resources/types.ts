/** Everything that the pages and modules of kinds print, decided. */
export interface ResourcesModel {
  /** The release of the contract: `1.14`. */
  readonly release: string;
  readonly oldest: string;
  /** By type. */
  readonly kinds: readonly KindModel[];
  /** By name. */
  readonly structures: readonly StructureModel[];
  readonly words: readonly WordsModel[];
}

export interface KindModel {
  readonly type: string;
  /** In TypeScript: `MachineStatus`. */
  readonly name: string;
  /** The module: `runtime`. */
  readonly group: string;
  readonly namespace: string;
  readonly aliases: readonly string[];
  readonly sensitive: boolean;
  readonly id: string | undefined;
  readonly since: string | undefined;
  readonly text: string;
  readonly spec: ShapeModel;
}

export interface StructureModel {
  /** As Talos names it: `runtime.MachineStatusSpec`. */
  readonly go: string;
  readonly name: string;
  readonly group: string;
  readonly text: string;
  readonly fields: readonly FieldModel[];
  readonly scalar: string | undefined;
}

export interface FieldModel {
  readonly name: string;
  readonly number: number;
  readonly key: string;
  readonly olderKey: string | undefined;
  readonly text: string;
  readonly shape: ShapeModel;
}

export interface WordsModel {
  readonly go: string;
  readonly name: string;
  readonly words: readonly (readonly [number: number, word: string])[];
  /** What a number without a word is called; absent where it is the number. */
  readonly called: string | undefined;
  readonly text: string;
}

/** How a value is read, as a tree of which each leaf is known. */
export type ShapeModel = (
  | { readonly kind: 'scalar'; readonly scalar: string }
  | { readonly kind: 'structure'; readonly structure: string }
  | { readonly kind: 'words'; readonly words: string }
  | { readonly kind: 'flags'; readonly flags: Readonly<Record<number, string>> }
  | { readonly kind: 'list'; readonly of: ShapeModel; readonly orOne: boolean }
  | { readonly kind: 'map' | 'maybe' | 'unlessZero' | 'untold'; readonly of: ShapeModel }
  | {
      readonly kind: 'only';
      readonly of: ShapeModel;
      readonly number: number;
      /** The key of the field, where YAML shows it. */
      readonly key: string | undefined;
    }
  | { readonly kind: 'pairs' }
  | { readonly kind: 'empty' }
) & {
  /** The structure of a spec, whose comment tells what the kind is. */
  readonly structure?: string;
  /** Whether the protobuf does not say all that the YAML says. */
  readonly onlyYaml: boolean;
  readonly isDuration: boolean;
};
