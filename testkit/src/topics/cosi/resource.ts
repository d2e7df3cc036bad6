import type { AnyKind } from './kind.js';

/** `tearingDown` once the removal of a resource has begun. */
export type Phase = 'running' | 'tearingDown';

/** What is known of a resource beside its spec. */
export interface ResourceMetadata {
  readonly namespace: string;
  readonly type: string;
  readonly id: string;
  /** From 1, rising with each change; absent for tombstones. */
  readonly version: number | undefined;
  /** The controller that owns the resource. */
  readonly owner: string;
  readonly phase: Phase;
  /** In milliseconds since 1970. */
  readonly created: number;
  /** In milliseconds since 1970. */
  readonly updated: number;
  /** Who holds up the removal. */
  readonly finalizers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The spec of a resource and the kind that can write it. */
export interface Content {
  readonly kind: AnyKind;
  readonly spec: unknown;
}

/** One state of a resource. It never changes: a change makes another one. */
export interface Resource {
  readonly metadata: ResourceMetadata;
  /** Absent for tombstones, which stand for what is not there. */
  readonly content: Content | undefined;
}

/** Stands for a resource that is not there. Made at `now`, which it shows as its times. */
export function tombstone(namespace: string, type: string, id: string, now: number): Resource {
  return {
    metadata: {
      namespace,
      type,
      id,
      version: undefined,
      owner: '',
      phase: 'running',
      created: now,
      updated: now,
      finalizers: [],
      labels: {},
      annotations: {},
    },
    content: undefined,
  };
}

/** How Talos names a resource in error texts. */
export function resourceText({ namespace, type, id, version }: ResourceMetadata): string {
  return `${type}(${namespace}/${id}@${version ?? 'undefined'})`;
}

/** The order of lists: by the bytes of the id. */
export function compareIds(left: Resource, right: Resource): number {
  return compareText(left.metadata.id, right.metadata.id);
}

/** Compares texts by their bytes, as Go does. */
export function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
