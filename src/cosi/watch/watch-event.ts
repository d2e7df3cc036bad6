import type { Disconnected, Rebooted } from '../../reconnect/index.js';
import type { Resource } from '../resource.js';

/** Why all resources are read again in the middle of a watch. */
export type RelistReason =
  /** The node was rebooted: nothing of what it kept in memory is there any more. */
  | 'rebooted'
  /** The node no longer has all changes since the last one that was told. */
  | 'history-lost'
  /** The changes came faster than they were read. */
  | 'overrun'
  /** The connection was lost before the node had named a place to go on from. */
  | 'no-bookmark';

/** A resource is there that was not there before. */
export interface Created<Spec> {
  readonly type: 'created';
  readonly resource: Resource<Spec>;
}

/** A resource is different from before. */
export interface Updated<Spec> {
  readonly type: 'updated';
  readonly resource: Resource<Spec>;
  readonly old: Resource<Spec>;
}

/** A resource is gone, or no longer fits the query. */
export interface Destroyed<Spec> {
  readonly type: 'destroyed';
  /** Its last known state. */
  readonly resource: Resource<Spec>;
  /**
   * Whether the node did not tell: the resource was missing when all were read again. It may also
   * have come and gone several times.
   */
  readonly inferred: boolean;
}

/** Everything that the node had was told: comes once for each time that all resources are read. */
export interface Synced {
  readonly type: 'synced';
  /** How many resources there are. */
  readonly size: number;
}

/** The watch goes on after a loss, at the very change where it stood. Nothing was missed. */
export interface Resumed {
  readonly type: 'resumed';
}

/**
 * All resources are read again. What differs from what was told before follows, as `created`,
 * `updated` and `destroyed`, and then `synced`. Changes in between that left no trace are not told.
 * If the connection is lost meanwhile, there is another `relisting` before all that.
 */
export interface Relisting {
  readonly type: 'relisting';
  readonly reason: RelistReason;
}

/** What happened to a resource. */
export type ResourceChange<Spec = unknown> = Created<Spec> | Updated<Spec> | Destroyed<Spec>;

/** What a watch tells: what happened to resources, and how the watch itself fares. */
export type WatchEvent<Spec = unknown> =
  | ResourceChange<Spec>
  | Synced
  | Resumed
  | Relisting
  | Rebooted
  | Disconnected;
