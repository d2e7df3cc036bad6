import { createTalosClient, type TalosClientOptions } from './client.js';
import type { FanOutOptions, NodeResult, NodeSet } from './fan-out.js';
import type { MergeOptions, NodeItem } from './merge.js';
import type { Addresses } from './node-address.js';
import type { TalosStream } from './stream.js';
import type { TalosClient } from './talos-client.js';
import { type Route, route, type TalosNode, type Target } from './target.js';
import type { SiblingOptions } from './transport.js';

// The base of `talos-client/full`: its generated classes add a getter for each feature.

/** A target with the features as members. Each is made when it is first used. */
abstract class FeatureTarget<Wrapped extends Target> implements Target {
  readonly #target: Wrapped;
  readonly #features = new Map<unknown, unknown>();
  readonly address: Wrapped['address'];

  constructor(target: Wrapped) {
    this.#target = target;
    this.address = target.address;
  }

  /** @internal */
  [route](): Route {
    return this.#target[route]();
  }

  /** @internal The sub-client that `factory` makes for this target; always the same one. */
  protected feature<Calls>(factory: (target: Target) => Calls): Calls {
    let calls = this.#features.get(factory) as Calls | undefined;
    if (calls === undefined) {
      calls = factory(this.#target);
      this.#features.set(factory, calls);
    }
    return calls;
  }
}

/** A node with the features as members. */
export abstract class FeatureNode extends FeatureTarget<TalosNode> implements TalosNode {}

/** Several nodes, each with the features as members. It is not a target: see `NodeSet`. */
export class FeatureNodeSet<Node extends TalosNode> implements NodeSet {
  readonly #set: NodeSet;
  readonly #FullNode: new (
    node: TalosNode,
  ) => Node;

  constructor(set: NodeSet, FullNode: new (node: TalosNode) => Node) {
    this.#set = set;
    this.#FullNode = FullNode;
  }

  get addresses(): readonly string[] {
    return this.#set.addresses;
  }

  *[Symbol.iterator](): Iterator<Node> {
    for (const node of this.#set) yield new this.#FullNode(node);
  }

  /**
   * Runs `run` once per node and resolves with a result for each, in the order of the addresses.
   */
  each<T>(
    run: (node: Node, signal: AbortSignal) => Promise<T>,
    options?: FanOutOptions,
  ): Promise<readonly NodeResult<T>[]> {
    return this.#set.each((node, signal) => run(new this.#FullNode(node), signal), options);
  }

  /** Joins the streams of all nodes into one; each item comes with its node. */
  merge<T>(
    run: (node: Node, signal: AbortSignal) => AsyncIterable<T>,
    options?: MergeOptions,
  ): TalosStream<NodeItem<T>> {
    return this.#set.merge((node, signal) => run(new this.#FullNode(node), signal), options);
  }
}

/** A client with the features as members. Its nodes have them too. */
export abstract class FeatureClient<Node extends TalosNode, Full extends TalosClient>
  extends FeatureTarget<TalosClient>
  implements TalosClient
{
  readonly #base: TalosClient;
  readonly #FullNode: new (
    node: TalosNode,
  ) => Node;
  readonly #FullClient: new (
    base: TalosClient,
  ) => Full;

  /** `FullNode` makes the nodes of the client, `FullClient` its siblings. */
  constructor(
    options: TalosClientOptions | TalosClient,
    FullNode: new (node: TalosNode) => Node,
    FullClient: new (base: TalosClient) => Full,
  ) {
    const isClient = typeof options === 'object' && options !== null && route in options;
    const base = isClient ? options : createTalosClient(options);
    super(base);
    this.#base = base;
    this.#FullNode = FullNode;
    this.#FullClient = FullClient;
  }

  /** The endpoints, as `host:port`. */
  get endpoints(): readonly string[] {
    return this.#base.endpoints;
  }

  /** Subject, roles and validity of the client certificate; absent when there is none. */
  get certificate(): TalosClient['certificate'] {
    return this.#base.certificate;
  }

  /**
   * The target for one node, by an address that the endpoint can reach.
   *
   * @throws {TalosConfigError} when the address is empty or has a port.
   */
  node(address: string): Node {
    return new this.#FullNode(this.#base.node(address));
  }

  /**
   * A set of nodes, to call all of them. Without an argument: the nodes that the client was created
   * with. A node that is named twice is in the set once, even if its IP address is written in two
   * ways.
   *
   * @throws {TalosConfigError} when there is no node, or an address is empty or has a port.
   */
  nodes(addresses?: Addresses): FeatureNodeSet<Node> {
    return new FeatureNodeSet(this.#base.nodes(addresses), this.#FullNode);
  }

  /**
   * Another client with the same features and its own connections: to the same endpoints with the
   * same credentials, unless `changes` says otherwise. Close it separately.
   *
   * @throws {TalosConfigError} when the transport of the client cannot have siblings
   */
  sibling(changes?: SiblingOptions): Full {
    return new this.#FullClient(this.#base.sibling(changes));
  }

  /**
   * Asks again the functions that were given for `endpoints` and `credentials`.
   *
   * @throws {TalosConfigError} when neither was given as a function, or what they gave cannot be used
   */
  reload(): Promise<void> {
    return this.#base.reload();
  }

  /** Ends all open calls with `TalosClosedError` and frees the connections. */
  close(): Promise<void> {
    return this.#base.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
