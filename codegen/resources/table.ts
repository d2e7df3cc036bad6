/**
 * The kinds of resources of the newest release, as one table: `schemas/resources/kinds.json`.
 * `protos:update` writes it; `facts.yaml` beside it says by hand what no source tells.
 */
export interface KindTable {
  readonly format: typeof kindsFormat;
  /** Releases that went into the table, as `1.9`, oldest first. */
  readonly releases: readonly string[];
  /** Sorted by type. */
  readonly kinds: readonly KindRow[];
  /** Ids that Talos has constants for: `runtime.MachineStatusID` → `machine`. */
  readonly ids: Readonly<Record<string, string>>;
  /** By the name that Talos gives the structure: `runtime.MachineStatusSpec`. */
  readonly structures: Readonly<Record<string, readonly FieldRow[]>>;
}

export const kindsFormat = 'talos-resource-kinds/1';

export interface KindRow {
  /** The canonical type: `MachineStatuses.runtime.talos.dev`. */
  readonly type: string;
  /** What Talos calls the kind: `runtime.MachineStatus`. */
  readonly go: string;
  readonly namespace: string;
  /** Names beside those that are made from the type. */
  readonly aliases?: readonly string[];
  readonly sensitive?: true;
  /** The first release that has it; absent for the oldest of the table. */
  readonly since?: string;
}

export interface FieldRow {
  /** The YAML key; empty where the keys of the value stand in its place. */
  readonly key: string;
  /** The key that older releases have. */
  readonly olderKey?: string;
  /** The number in the message of the protobuf. */
  readonly number: number;
  /** The Go type: `*bool`, `[]netip.Addr`, `MachineStage`. */
  readonly type: string;
  /** Not written while zero. */
  readonly omitEmpty?: true;
}

/** Facts about resources that cannot be used. */
export class ResourceFactsError extends Error {
  override readonly name = 'ResourceFactsError';
}
