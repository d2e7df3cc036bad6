/**
 * The shape of every machine configuration document in every release, as one table:
 * `schemas/machine-config/structures.json`. `config:update` writes it; `facts.yaml` beside it says
 * by hand what no schema tells.
 */
export interface StructureTable {
  readonly format: typeof structuresFormat;
  /** Releases the table covers, as `1.9`, oldest first. What has no `since` is in the first. */
  readonly releases: readonly string[];
  readonly documents: readonly DocumentRow[];
  /** By the name that Talos gives the structure: `network.BondConfigV1Alpha1`. */
  readonly structures: Readonly<Record<string, StructureRow>>;
}

export const structuresFormat = 'talos-machine-config/1';

/** One kind of document; `kind` is null for the one that states none. */
export interface DocumentRow extends Life {
  readonly kind: string | null;
  readonly structure: string;
}

export interface StructureRow extends Life {
  /** In the order in which Talos writes them. */
  readonly fields: readonly FieldRow[];
}

/** Which releases know a thing; each release as `1.12`. */
export interface Life {
  /** The first release that has it; absent for the oldest of the table. */
  readonly since?: string;
  /** The first release that no longer reads it. */
  readonly removed?: string;
}

export interface FieldRow extends Life {
  /** The YAML key; empty where the fields of the structure named by `type` stand in its place. */
  readonly key: string;
  /** The Go type: `*bool`, `[]string`, `EncryptionSpec`, `map[string]string`. */
  readonly type: string;
  /** Not written while zero. */
  readonly omitEmpty?: boolean;
  /** A patch replaces the list or map instead of adding to it. */
  readonly replace?: boolean;
  /** The schema asks for it. */
  readonly required?: boolean;
  /** The first release that deprecates it; nodes still read it. */
  readonly deprecated?: string;
  /** The words that the schema allows for the value, or for the items of a list. */
  readonly enum?: readonly string[];
  /** The regular expression of the schema for the value, or for the items of a list. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `1.9` before `1.10`. */
export function compareReleases(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}
