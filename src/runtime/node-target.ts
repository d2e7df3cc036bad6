import { type Route, route, type TalosNode } from './target.js';

/** The target for one node. In logs it shows only its address: its metadata may be secret. */
export class NodeTarget implements TalosNode {
  readonly address: string;
  readonly #route: Route;

  constructor(address: string, own: Route) {
    this.address = address;
    this.#route = own;
  }

  /** @internal */
  [route](): Route {
    return this.#route;
  }
}

/** A node of the same cluster as the target with the route `own`, reached in the same way. */
export function nodeOf(own: Route, address: string): NodeTarget {
  const metadata = { ...own.metadata, node: address };
  return new NodeTarget(address, { ...own, node: address, metadata });
}
