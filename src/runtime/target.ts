import type { CallChecks } from './arguments/call-checks.js';
import { TalosConfigError } from './errors/config-error.js';
import type { MetadataInit } from './metadata.js';
import type { RetryPolicy } from './retry-options.js';
import type { Transport } from './transport.js';

/** How calls through a target are made. Internal to the library and its transports. */
export interface Route {
  readonly transport: Transport;
  readonly checks: CallChecks;
  readonly node: string | undefined;
  /** Metadata of every call through the target, built once. */
  readonly metadata: MetadataInit;
  /** The default deadline of unary calls, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** For how long calls are made again after they failed. */
  readonly retry: RetryPolicy;
  /** Ends every call through the target. It is the signal of the fan-out that made the target. */
  readonly signal: AbortSignal | undefined;
}

/** Key of a target's route. */
export const route: unique symbol = Symbol('talos-client.route');

/**
 * Where calls go: `talos.node(address)` for one node, or the client itself for whichever
 * endpoint answers. A set of nodes is not a target: use its `each` or `merge`.
 */
export interface Target {
  /** The node's address; absent for the client itself. */
  readonly address: string | undefined;
  /** @internal A method: logs may show the values of getters, and metadata may be secret. */
  [route](): Route;
}

/**
 * One node of a cluster, from `talos.node(address)`, `each` or `merge`. Calls go to an endpoint,
 * which passes them on to the node.
 */
export interface TalosNode extends Target {
  /** The node's address as the endpoints know it, without a port. */
  readonly address: string;
}

/**
 * Checks that calls can go to `target`, and returns it.
 *
 * @throws {TalosConfigError} when it is the address of a node, a set of nodes, or something else.
 */
export function checkTarget(target: Target): Target {
  const given = target as { readonly [route]?: unknown; readonly each?: unknown } | undefined;
  if (given?.[route]) return target;
  throw new TalosConfigError(
    given?.each
      ? 'a set of nodes is no target: call what is meant for one node in its each or merge'
      : `a target is talos.node(address) or the client, not a value of type ${typeof target}`,
    { field: 'target' },
  );
}
