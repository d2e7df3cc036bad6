import { record, texts } from './arguments/kinds.js';
import { checkOptions, type Shape } from './arguments/options.js';
import { TalosConfigError } from './errors/config-error.js';
import { checkTarget, type Route, route, type Target } from './target.js';
import type { SiblingOptions, Transport } from './transport.js';

/** A target with connections of its own. Close it when you are done. */
export interface OwnTarget extends Target, AsyncDisposable {
  /** Ends the open calls of the target, and frees its connections. */
  close(): Promise<void>;
}

/**
 * The same target over connections of its own: to the same endpoints with the same credentials,
 * unless `changes` says otherwise. It connects at the first call, not before.
 *
 * Use it to wait for a node to come back: a connection from before a reboot may seem alive although
 * the node is gone.
 *
 * @example
 * ```ts
 * await using fresh = freshTarget(node);
 * const { hostname } = await system(fresh).hostname();
 * ```
 * @throws {TalosConfigError} when the transport of the target cannot have siblings
 */
export function freshTarget(target: Target, changes: SiblingOptions = {}): OwnTarget {
  const own = checkTarget(target)[route]();
  return new FreshTarget(target.address, own, siblingOf(own.transport, changes));
}

const siblingShape: Shape<SiblingOptions> = { endpoints: texts('10.0.0.2'), credentials: record };

/**
 * A transport like `transport`, with fresh connections.
 *
 * @throws {TalosConfigError} when it cannot have siblings
 */
export function siblingOf(transport: Transport, changes: SiblingOptions): Transport {
  checkOptions(changes, siblingShape, 'sibling');
  const sibling = transport.sibling?.(changes);
  if (sibling !== undefined) return sibling;
  throw new TalosConfigError(
    'the transport has no siblings: pass `sibling` on when you wrap a transport',
    { field: 'transport' },
  );
}

class FreshTarget implements OwnTarget {
  readonly address: string | undefined;
  readonly #route: Route;

  constructor(address: string | undefined, own: Route, transport: Transport) {
    this.address = address;
    this.#route = { ...own, transport };
  }

  /** @internal */
  [route](): Route {
    return this.#route;
  }

  async close(): Promise<void> {
    await this.#route.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
