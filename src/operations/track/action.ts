import type { CallOptions } from '../../runtime/call-options.js';
import type { OperationOutcome } from '../../runtime/errors/operation-error.js';

/**
 * The steps of whatever is tracked.
 *
 * - `look`: who the node is, in which boot, and whether its events can be followed
 * - `send`: the action is sent
 * - `stop`: the node ends what it runs
 * - `boot`: the node does not answer; it is off, or boots
 * - `ready`: the node is in another boot, and is not ready yet
 */
export type TrackStep = 'look' | 'send' | 'stop' | 'boot' | 'ready';

/** What is sent, and how the node tells of it. */
export interface TrackedAction {
  /** The sequences by which a node does it, such as `reboot`. */
  readonly sequences: readonly string[];
  /** Sends it, once. Gives the id that its events carry; empty where they carry none. */
  readonly send: (call: CallOptions) => Promise<string>;
  /** Milliseconds until the reply counts as lost. Default: 30000. */
  readonly replyMs?: number | undefined;
  /** Milliseconds until a node that shows no sign of it has not begun. Default: 75000. */
  readonly signMs?: number | undefined;
  /**
   * What is known of the action if its reply was lost, and the node shows no sign of it. Default:
   * `unchanged`.
   */
  readonly withoutSign?: OperationOutcome | undefined;
  /** The id of an event from before it was sent, where that was done by a process that is gone. */
  readonly since?: string | undefined;
}
