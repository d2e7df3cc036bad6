import type { ReconnectParts } from '../../reconnect/index.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import { anything, signal } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkWhole } from '../../runtime/carriers/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { TalosStream } from '../../runtime/stream.js';
import type { Target } from '../../runtime/target.js';
import type { Kind } from '../kind.js';
import type { Resource } from '../resource.js';
import { type WatchOptions, watchSetup, watchShape } from '../watch/watch-options.js';
import { changesOf, type StoreEvent } from './changes.js';
import type { Informer } from './informer.js';
import { type Share, shareInformer } from './sharing.js';
import {
  checkWait,
  type ResourcePredicate,
  type WaitOptions,
  waitIn,
  waitOf,
  waitShape,
} from './wait-for.js';

/** Which resources a store keeps, and how. A store ends when it is closed: it takes no signal. */
export type StoreOptions<Spec = unknown> = Omit<WatchOptions<Spec>, 'signal'>;

const storeShape: Shape<StoreOptions<never>> = (({ signal: _, ...shape }) => shape)(watchShape);

/** How the changes of a store are read. */
export interface ChangesOptions {
  /** Ends the changes, which then reject with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How many events wait for a slow reader. If there are more, the reader gets a single `missed` in
   * their place. Default: 1024.
   */
  readonly limit?: number | undefined;
}

const changesShape: Shape<ChangesOptions> = { signal, limit: anything };

/**
 * The resources of a kind on a node, kept up to date in memory: reading them asks nobody.
 *
 * Once `ready` has resolved, the store holds the state that the node had at some moment. It is never a
 * mixture: when everything is read again, the old contents stay until the new ones are complete. It
 * holds what the node has, and nothing more. Close it when you are done.
 */
export interface ResourceStore<Spec = unknown> extends AsyncDisposable, Disposable {
  /**
   * Resolves when everything the node has was read once. Rejects with an error that no other
   * connection mends, such as a missing permission.
   */
  readonly ready: Promise<void>;
  /**
   * Whether the node may be different by now: before `ready`, while the connection is lost, while
   * everything is read again, and after the store was closed or has failed.
   */
  readonly stale: boolean;
  /** The error that the store ended with; absent while it goes on. */
  readonly error: unknown;
  /** How many resources there are. */
  readonly size: number;
  /** The resource with an id, if there is one. */
  get(id: string): Resource<Spec> | undefined;
  /** Whether there is a resource with an id. */
  has(id: string): boolean;
  /** All resources, sorted by id. */
  list(): Resource<Spec>[];
  /** All resources, sorted by id. */
  [Symbol.iterator](): Iterator<Resource<Spec>>;
  /**
   * What happens from this call on, also before it is read. The store holds what an event tells
   * before the event is given.
   */
  changes(options?: ChangesOptions): TalosStream<StoreEvent<Spec>>;
  /**
   * Waits until a resource is as `predicate` says, and gives it. `predicate` is not asked while the
   * store is stale.
   *
   * @throws {TalosRpcError} `deadline-exceeded` when `timeoutMs` have passed
   */
  waitFor(
    id: string,
    predicate: ResourcePredicate<Spec>,
    options?: WaitOptions,
  ): Promise<Resource<Spec> | undefined>;
  /** Ends the store. The node is no longer watched when the last store of its kind is closed. */
  close(): void;
}

/**
 * Keeps the resources of a kind on one node in memory. Any number of stores of the same kind and node
 * share one watch, with the `reconnect` options of the first.
 *
 * @param parts time and chance, for tests
 * @throws {TalosConfigError} when `target` is no named node: two nodes would be mixed
 */
export function storeOf<Spec>(
  target: Target,
  kind: Kind<Spec>,
  options: StoreOptions<Spec> = {},
  parts?: ReconnectParts,
): ResourceStore<Spec> {
  const setup = watchSetup(target, kind, options, { what: 'store', shape: storeShape, parts });
  return new SharedStore(shareInformer(setup));
}

class SharedStore<Spec> implements ResourceStore<Spec> {
  readonly #share: Share<Spec>;
  readonly #closing = new AbortController();
  readonly ready: Promise<void>;

  constructor(share: Share<Spec>) {
    this.#share = share;
    this.ready = untilSynced(share.informer, this.#closing.signal);
    // Whoever does not wait for it finds the error elsewhere.
    this.ready.catch(() => {});
  }

  get #informer(): Informer<Spec> {
    return this.#share.informer;
  }

  get stale(): boolean {
    return this.#informer.stale || this.#closing.signal.aborted;
  }

  get error(): unknown {
    return this.#informer.failure?.error;
  }

  get size(): number {
    return this.#informer.resources.size;
  }

  get(id: string): Resource<Spec> | undefined {
    return this.#informer.resources.get(id);
  }

  has(id: string): boolean {
    return this.#informer.resources.has(id);
  }

  list(): Resource<Spec>[] {
    return [...this.#informer.resources.values()].sort(byId);
  }

  [Symbol.iterator](): Iterator<Resource<Spec>> {
    return this.list()[Symbol.iterator]();
  }

  changes(options: ChangesOptions = {}): TalosStream<StoreEvent<Spec>> {
    checkOptions(options, changesShape, 'changes');
    const { limit } = options;
    if (limit !== undefined) checkWhole(limit, 'limit', 1, 2 ** 32);
    return changesOf(this.#informer, [options.signal, this.#closing.signal], limit);
  }

  async waitFor(
    id: string,
    predicate: ResourcePredicate<Spec>,
    options: WaitOptions = {},
  ): Promise<Resource<Spec> | undefined> {
    checkOptions(options, waitShape, 'waitFor');
    checkWait(id, predicate, options);
    const { signals, timeoutMs } = waitOf(options);
    return waitIn(this.#informer, id, predicate, {
      signals: [...signals, this.#closing.signal],
      timeoutMs,
    });
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(
      new TalosConfigError('the store was closed: open another one with store(…)'),
    );
    this.#share.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function untilSynced<Spec>(informer: Informer<Spec>, closing: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (informer.synced) return resolve();
    const done = (settle: () => void) => {
      stopListening();
      stopWaiting();
      settle();
    };
    const stopListening = informer.listen({
      changed: () => {
        if (informer.synced) done(resolve);
      },
      failed: (error) => done(() => reject(error)),
    });
    const stopWaiting = onAbort(closing, (reason) => done(() => reject(reason)));
  });
}

function byId(one: Resource, other: Resource): number {
  return one.metadata.id < other.metadata.id ? -1 : 1;
}
