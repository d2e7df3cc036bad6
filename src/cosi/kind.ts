import type { SpecShape } from './spec/shape.js';

/**
 * A kind of resources, as a value: `MachineStatus` from `talos-client/cosi/runtime`, or what
 * `cosi(node).kind('members')` finds. It is plain data: what its resources are called, and how their
 * specs are read.
 */
export interface Kind<Spec = unknown> {
  /** The canonical type, such as `Members.cluster.talos.dev`. */
  readonly type: string;
  /** The namespace that its resources are in unless told otherwise. */
  readonly namespace: string;
  /** Other names that lead to it, in lower case: `members`, `member`. */
  readonly aliases: readonly string[];
  /** Whether its resources hold secrets: then `os:admin` alone may read them. */
  readonly sensitive: boolean;
  /** The id of its one resource; absent for kinds of any number of resources. */
  readonly id?: string | undefined;
  /** The first release of Talos that has it, where that is known and not the oldest. */
  readonly since?: string | undefined;
  /** How its specs are read. Absent for kinds that the contract does not know: their specs are the data of their YAML. */
  readonly spec?: SpecShape<Spec> | undefined;
}

/** A kind with one resource: its id may be left out. */
export interface SingleKind<Spec = unknown> extends Kind<Spec> {
  readonly id: string;
}

/** A kind of any spec, where that does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the specs of any kind fit.
export type AnyKind = Kind<any>;
