import {
  type Connection,
  type ConnectionEnd,
  checkLastingTarget,
  type Disconnected,
  GeneratedStream,
  machineParts,
  outlive,
  type ReconnectOptions,
  type ReconnectParts,
  reconnectSettings,
} from '../reconnect/index.js';
import { record, signal } from '../runtime/arguments/kinds.js';
import type { Shape } from '../runtime/arguments/options.js';
import type { TalosStream } from '../runtime/stream.js';
import { route, type Target } from '../runtime/target.js';

/** How a node is followed. */
export interface FollowOptions {
  /** Ends it; the stream then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** How lost connections are replaced. */
  readonly reconnect?: ReconnectOptions | undefined;
}

export const followShape: Shape<FollowOptions> = { signal, reconnect: record };

/** What is followed on one connection; what survives it is kept by whoever implements this. */
export interface Follower<Item> {
  connect(connection: Connection): AsyncGenerator<Item, ConnectionEnd, undefined>;
}

/**
 * The items of a follower, connection after connection.
 *
 * @param what the function that was called, for errors
 * @throws {TalosConfigError} when `target` is no named node
 */
export function follow<Item>(
  what: string,
  target: Target,
  { signal: own, reconnect }: FollowOptions,
  follower: Follower<Item>,
  parts: ReconnectParts = machineParts,
): TalosStream<Item | Disconnected> {
  const node = checkLastingTarget(target, what);
  const settings = reconnectSettings(reconnect);
  return new GeneratedStream(what, [own, target[route]().signal], (signal) =>
    outlive({ node, settings, parts, signal }, (connection) => follower.connect(connection)),
  );
}
