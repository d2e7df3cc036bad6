import {
  type Event,
  resourcesMethods,
  type WatchOptions,
  type WatchRequest,
} from '../../../generated/features/resources.js';
import {
  Boots,
  type Connection,
  type ConnectionEnd,
  outlive,
  type ReconnectParts,
  type ReconnectSettings,
} from '../../reconnect/index.js';
import { callServerStream } from '../../runtime/call.js';
import type { Init, Stated } from '../../runtime/codec.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { TalosProtocolError } from '../../runtime/errors/protocol-error.js';
import { rpcName } from '../../runtime/method.js';
import type { Target } from '../../runtime/target.js';
import { type DecodeResource, isTombstone, resourceDecoder } from '../decode-resource.js';
import { explained } from '../explain.js';
import type { Kind } from '../kind.js';
import { readRelease } from '../release.js';
import type { Resource } from '../resource.js';
import { Contents } from './contents.js';
import type { RelistReason, WatchEvent } from './watch-event.js';

/** What is watched, and with what. */
export interface WatchSetup<Spec> {
  readonly node: Target;
  readonly kind: Kind<Spec>;
  readonly namespace: string;
  /** The id of the one resource that is watched; absent for all of the kind. */
  readonly id?: string | undefined;
  readonly query?: Pick<Init<WatchOptions>, 'labelQuery' | 'idQuery'> | undefined;
  /** Which of the resources that the node sends are kept. */
  readonly where?: ((resource: Resource<Spec>) => boolean) | undefined;
  readonly settings: ReconnectSettings;
  readonly parts: ReconnectParts;
}

/** Events that belong together: whoever applies all of a batch at once sees no state in between. */
export type WatchBatch<Spec> = readonly WatchEvent<Spec>[];

/**
 * What a watch tells, in batches. It never ends by itself: connections come and go, and it goes on at
 * the change where it stood. Where the node cannot do that, it reads all resources again and tells
 * what differs.
 */
export async function* watchBatches<Spec>(
  setup: WatchSetup<Spec>,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch<Spec>, never, undefined> {
  const { node, kind, namespace, settings, parts } = setup;
  const watch = new Watch(setup);
  const options = { node, settings, parts, signal };
  try {
    for await (const item of outlive(options, (connection) => watch.connect(connection))) {
      yield 'type' in item ? [item] : item;
    }
  } catch (error) {
    signal.throwIfAborted();
    const call = { signal, timeoutMs: settings.probeTimeoutMs };
    throw await explained(error, node, kind, namespace, call);
  }
  throw new Error('unreachable: connections follow each other for ever');
}

/** What a watch knows from one connection to the next. */
class Watch<Spec> {
  readonly #setup: WatchSetup<Spec>;
  readonly #contents: Contents<Spec>;
  /** The place after the last change that was told. */
  #bookmark: Uint8Array | undefined;
  /** What was listed on this connection, until all of it is there. */
  #listing: Map<string, Resource<Spec>> | undefined;
  #synced = false;
  #reason: RelistReason = 'no-bookmark';
  readonly #boots = new Boots();
  #decode: DecodeResource<Spec>;

  constructor(setup: WatchSetup<Spec>) {
    this.#setup = setup;
    this.#contents = new Contents(setup.where);
    this.#decode = resourceDecoder(setup.kind, undefined);
  }

  async *connect(
    connection: Connection,
  ): AsyncGenerator<WatchBatch<Spec>, ConnectionEnd, undefined> {
    const resumes = this.#bookmark !== undefined;
    this.#listing = resumes ? undefined : new Map();
    const stream = callServerStream(this.#setup.node, resourcesMethods.watch, this.#request(), {
      signal: connection.signal,
    });
    try {
      for await (const { event } of connection.read(stream, () => this.#stuck())) {
        if (!connection.answered) {
          connection.hold();
          if (resumes) yield [{ type: 'resumed' }];
          else yield* this.#greet(connection);
        }
        const batch: WatchEvent<Spec>[] = [];
        for (const one of event) {
          if (one.eventType === 'ERRORED') {
            if (batch.length > 0) yield batch;
            return this.#relist('overrun');
          }
          this.#take(one, batch);
        }
        if (batch.length > 0) yield batch;
      }
      return 'lost';
    } catch (error) {
      if (!resumes || connection.answered || !isStale(error)) throw error;
      connection.hold();
      return this.#relist('history-lost');
    }
  }

  /** Gives up the place where it stood, for a listing on the next connection. */
  #relist(reason: RelistReason): ConnectionEnd {
    this.#bookmark = undefined;
    this.#reason = reason;
    return 'replace';
  }

  #request(): Stated<WatchRequest, 'namespace' | 'type' | 'apiVersion'> {
    const { kind, namespace, id, query } = this.#setup;
    const bookmark = this.#bookmark;
    return {
      namespace,
      type: kind.type,
      apiVersion: 1,
      ...(id === undefined ? {} : { id }),
      options: {
        ...query,
        ...(bookmark === undefined ? {} : { startFromBookmark: bookmark }),
        // Nodes that leave out the end of the listing send the bookmark in its place.
        ...(bookmark === undefined && id === undefined
          ? { bootstrapContents: true, bootstrapBookmark: true }
          : {}),
      },
    };
  }

  /** Asks what is behind this connection. A place that the node still knows is of the same boot. */
  async *#greet(connection: Connection): AsyncGenerator<WatchBatch<Spec>, void, undefined> {
    const { node, kind, settings } = this.#setup;
    const options = { signal: connection.signal, timeoutMs: settings.probeTimeoutMs };
    const [bootId, release] = await Promise.all([connection.bootId(), readRelease(node, options)]);
    this.#decode = resourceDecoder(kind, release);
    // Only now: had the release not come, the next connection would have to tell the reboot.
    const reboot = this.#boots.seen(bootId);
    if (reboot !== undefined) {
      this.#reason = 'rebooted';
      yield [reboot];
    }
    if (this.#synced) yield [{ type: 'relisting', reason: this.#reason }];
  }

  #take(event: Event, batch: WatchEvent<Spec>[]): void {
    const { eventType, resource, bookmark } = event;
    if (eventType === 'BOOTSTRAPPED' || eventType === 'NOOP') {
      if (this.#listing === undefined) return;
      this.#bookmark = placeOf(bookmark);
      this.#complete(batch);
      return;
    }
    if (resource === undefined) return;
    const gone = eventType === 'DESTROYED';
    // Types of events that came later than this contract tell nothing that is known how to apply.
    if (!gone && eventType !== 'CREATED' && eventType !== 'UPDATED') return;
    if (this.#listing !== undefined) {
      this.#list(this.#listing, resource, gone);
      if (this.#setup.id !== undefined) this.#complete(batch);
    } else {
      const change = gone
        ? this.#contents.remove(resource, this.#decode)
        : this.#contents.put(this.#decode(resource));
      if (change !== undefined) batch.push(change);
    }
    this.#bookmark = placeOf(bookmark);
  }

  #list(listing: Map<string, Resource<Spec>>, wire: Event['resource'] & {}, gone: boolean): void {
    const id = wire.metadata?.id ?? '';
    if (gone || isTombstone(wire)) listing.delete(id);
    else listing.set(id, this.#decode(wire));
  }

  /** Tells what differs between what was told and what was listed. */
  #complete(batch: WatchEvent<Spec>[]): void {
    const listing = this.#listing ?? new Map();
    this.#listing = undefined;
    this.#reason = 'no-bookmark';
    this.#synced = true;
    batch.push(...this.#contents.replace(listing), { type: 'synced', size: this.#contents.size });
  }

  /** Why the silence of a node that is alive is a fault. */
  #stuck(): unknown {
    if (this.#listing === undefined) return undefined;
    return new TalosProtocolError('the node did not say that all resources were told', {
      rpc: rpcName(resourcesMethods.watch),
      node: this.#setup.node.address,
    });
  }
}

/** A copy, which does not keep the whole reply alive. */
function placeOf(bookmark: Uint8Array | undefined): Uint8Array | undefined {
  return bookmark === undefined || bookmark.length === 0 ? undefined : bookmark.slice();
}

/** Whether the node refused the place to go on from. */
function isStale(error: unknown): boolean {
  return isTalosError(error) && error.code === 'rpc' && error.status === 'failed-precondition';
}
