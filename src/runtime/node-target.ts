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
