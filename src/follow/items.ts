import type { DecodedEvent } from '../events/decode-event.js';
import type { Disconnected, Rebooted } from '../reconnect/index.js';

/** The node is followed: from the start, or again after a loss. */
export interface Connected {
  readonly type: 'connected';
  /**
   * The id of the node's boot. Absent where the node does not tell it: before Talos 1.14, it tells
   * admins only. Then reboots are not told either.
   */
  readonly bootId: string | undefined;
}

/** Something may be missing between the item before and the one that follows. */
export interface Gap {
  readonly type: 'gap';
  /**
   * `overwritten`: the node no longer has what came after the last item. `ambiguous`: what it has
   * repeats itself, so that it cannot be told how much of it is new; nothing is told twice.
   */
  readonly reason: 'overwritten' | 'ambiguous';
}

/** How following a node fares. */
export type FollowMark = Connected | Disconnected | Rebooted | Gap;

/** An event of a node. */
export interface FollowedEvent {
  readonly type: 'event';
  readonly event: DecodedEvent;
}

/** A line of a log, without its line break. */
export interface FollowedLine {
  readonly type: 'line';
  readonly line: string;
}

/** A record of the kernel log, without a line break at its end. It may have several lines. */
export interface FollowedRecord {
  readonly type: 'record';
  readonly record: string;
}
