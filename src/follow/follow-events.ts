import { type EventsRequest, events } from '../../generated/features/events.js';
import { decodeEvent } from '../events/decode-event.js';
import {
  Boots,
  type Connection,
  type ConnectionEnd,
  type ReconnectParts,
} from '../reconnect/index.js';
import { number, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { Init } from '../runtime/codec.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { TalosStream } from '../runtime/stream.js';
import type { Target } from '../runtime/target.js';
import type { FollowedEvent, FollowMark } from './items.js';
import { type Follower, type FollowOptions, follow, followShape } from './options.js';

/** Which events are followed. At most one of the three tails. */
export interface FollowEventsRequest {
  /** How many of the last events come first; -1 is all that the node has. Default: none. */
  readonly tailEvents?: number | undefined;
  /** The events after the one with this id come first. */
  readonly tailId?: string | undefined;
  /** The events of so many seconds come first. */
  readonly tailSeconds?: number | undefined;
  /** Only events of the action with this id. */
  readonly actorId?: string | undefined;
}

const requestShape: Shape<FollowEventsRequest> = {
  tailEvents: number,
  tailId: text,
  tailSeconds: number,
  actorId: text,
};

/**
 * Follows the events of a node across lost connections, endpoints that change, and reboots. Each event
 * comes once. After a reboot come all events of the new boot; those that the node had not sent before
 * it went down are gone with its memory.
 *
 * With the first `connected` the subscription holds: no event of what is begun then is missed.
 *
 * @example
 * ```ts
 * for await (const item of followEvents(talos.node('10.0.0.2'))) {
 *   if (item.type === 'event') console.log(item.event.payload.case);
 *   else if (item.type === 'rebooted') console.log('rebooted');
 * }
 * ```
 * @throws {TalosConfigError} when `target` is no named node: two nodes would be mixed
 */
export function followEvents(
  target: Target,
  request: FollowEventsRequest = {},
  options: FollowOptions = {},
  parts?: ReconnectParts,
): TalosStream<FollowedEvent | FollowMark> {
  checkOptions(request, requestShape, 'followEvents');
  checkOptions(options, followShape, 'followEvents');
  const { tailEvents = 0, tailId = '', tailSeconds = 0 } = request;
  if ([tailEvents !== 0, tailId !== '', tailSeconds !== 0].filter(Boolean).length > 1) {
    throw new TalosConfigError(
      'followEvents: give one of tailEvents, tailId and tailSeconds, or none of them',
      { field: 'tailEvents' },
    );
  }
  return follow('followEvents', target, options, new EventFollower(target, request), parts);
}

/** How many ids are remembered: as many as the events that a node keeps. */
const KEPT = 1000;

class EventFollower implements Follower<FollowedEvent | FollowMark> {
  readonly #node: Target;
  readonly #actorId: string;
  readonly #boots = new Boots();
  /** Where the next connection begins while no event has come. */
  #start: Init<EventsRequest>;
  /** The last event, and something before it: the event before, or where it all began. */
  #last: string | undefined;
  #anchor: string | undefined;
  /** The last ids of this boot, oldest first. */
  readonly #seen = new Set<string>();

  constructor(
    node: Target,
    { actorId = '', tailEvents, tailId, tailSeconds }: FollowEventsRequest,
  ) {
    this.#node = node;
    this.#actorId = actorId;
    this.#start = {
      ...(tailEvents && { tailEvents }),
      ...(tailId && { tailId }),
      ...(tailSeconds && { tailSeconds }),
    };
    this.#anchor = tailId || undefined;
  }

  async *connect(
    connection: Connection,
  ): AsyncGenerator<FollowedEvent | FollowMark, ConnectionEnd, undefined> {
    const reboot = await this.#boots.change(connection);
    if (reboot !== undefined) yield this.#forget(reboot);
    const resumes = this.#last !== undefined && this.#anchor !== undefined;
    const stream = events(this.#node).watch(
      { ...this.#from(), withActorId: this.#actorId },
      { signal: connection.signal },
    );
    let isFirst = true;
    for await (const raw of connection.read(stream)) {
      if (!connection.answered) {
        connection.hold();
        const other = await this.#boots.change(connection);
        if (other !== undefined) {
          // Of which boot the stream is, nobody can tell.
          yield this.#forget(other);
          return 'replace';
        }
        yield { type: 'connected', bootId: this.#boots.current };
      }
      const event = decodeEvent(raw);
      if (event.payload.case === 'hello') {
        this.#greeted(event.id);
        continue;
      }
      const isKnown = this.#seen.has(event.id);
      // It was asked for from before the last event, which comes again unless it is gone.
      if (resumes && isFirst && !isKnown) yield { type: 'gap', reason: 'overwritten' };
      isFirst = false;
      if (isKnown) continue;
      this.#note(event.id);
      yield { type: 'event', event };
    }
    return 'lost';
  }

  #from(): Init<EventsRequest> {
    if (this.#last === undefined) return this.#start;
    return { tailId: this.#anchor ?? this.#last };
  }

  /** The id of a greeting is that of the moment when the subscription began. */
  #greeted(id: string): void {
    if (this.#last !== undefined || Object.keys(this.#start).length > 0) return;
    this.#start = { tailId: id };
    this.#anchor = id;
  }

  #note(id: string): void {
    const before = this.#last ?? this.#anchor;
    // Ids go by the time of the node, which may be set back.
    this.#anchor = before !== undefined && before < id ? before : undefined;
    this.#last = id;
    this.#seen.add(id);
    if (this.#seen.size <= KEPT) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  /**
   * Begins anew with a boot, whose events are all new. Their ids are by the time of a clock that may
   * have gone back.
   */
  #forget<Mark>(reboot: Mark): Mark {
    this.#start = { tailEvents: -1 };
    this.#last = undefined;
    this.#anchor = undefined;
    this.#seen.clear();
    return reboot;
  }
}
