import type { MetadataInit } from './metadata.js';
import type { Transport } from './transport.js';

/** How calls made through a target travel. Internal to the library and its transports. */
export interface Route {
  readonly transport: Transport;
  readonly node: string | undefined;
  /** Metadata of every call through the target, built once. */
  readonly metadata: MetadataInit;
  /** The default deadline of unary calls, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Ends every call made through the target: that of the fan-out which handed the target out. */
  readonly signal: AbortSignal | undefined;
}

/** Key of a target's route. */
export const route: unique symbol = Symbol('talos-client.route');

/**
 * Where calls go: `talos.node(address)` for one node, or the client itself for whichever
 * endpoint answers. A set of nodes is no target: fan out with `each` or `merge`.
 */
export interface Target {
  /** The node's address; absent on the client itself. */
  readonly address: string | undefined;
  /** @internal A method, since logs may show the values of getters, and metadata may be secret. */
  [route](): Route;
}

/**
 * One node of a cluster: `talos.node(address)`, or what `each` and `merge` hand out. Calls go to an
 * endpoint, which passes them on to the node.
 */
export interface TalosNode extends Target {
  /** The node's address, as the endpoints know it; without a port. */
  readonly address: string;
}
