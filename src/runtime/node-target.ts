import { type Route, route, type TalosNode } from './target.js';

/** The target for one node. Shows its address and nothing of its calls, whose metadata may be secret. */
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
