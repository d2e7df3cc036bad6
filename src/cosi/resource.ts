/** What is known of a resource beside its spec. Frozen. */
export interface ResourceMetadata {
  readonly namespace: string;
  /** The canonical type, such as `Members.cluster.talos.dev`. */
  readonly type: string;
  readonly id: string;
  /**
   * A decimal number from 1 that rises with each change, as text. It starts again after a reboot.
   * `undefined` as text in the metadata of what is not there.
   */
  readonly version: string;
  /** The controller that owns the resource; `''` when none does. */
  readonly owner: string;
  /** `tearingDown` once the removal has begun; the resource is still listed then. */
  readonly phase: 'running' | 'tearingDown';
  /** RFC 3339 in UTC, to the nanosecond: `2026-01-01T00:00:00.123456789Z`. */
  readonly created: string;
  /** Of the last change, as `created`. */
  readonly updated: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Who holds up the removal. */
  readonly finalizers: readonly string[];
}

/** One state of a resource of a node. It is frozen, spec included; a change makes another one. */
export interface Resource<Spec = unknown> {
  readonly metadata: ResourceMetadata;
  readonly spec: Spec;
}
