import { inspect } from 'node:util';
import { callChecks } from './arguments/call-checks.js';
import { anything, record, text, texts } from './arguments/kinds.js';
import type { Shape } from './arguments/options.js';
import { checkDuration } from './call.js';
import type { ClientCertificate } from './credentials/credentials.js';
import { TalosConfigError } from './errors/config-error.js';
import { createNodeSet, type NodeSet } from './fan-out.js';
import { siblingOf } from './fresh-target.js';
import { checkMetadata, isHeaderText, type MetadataInit } from './metadata.js';
import { type Addresses, checkAddress, checkAddresses } from './node-address.js';
import { NodeTarget } from './node-target.js';
import { type Route, route, type TalosNode, type Target } from './target.js';
import type { SiblingOptions, Transport } from './transport.js';

/** Unary calls end with `deadline-exceeded` after this long unless told otherwise. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** What a client does with every call, whatever carries it. */
export interface CallDefaults {
  /** The nodes that `talos.nodes()` stands for. Default: none, and then it is an error. */
  readonly nodes?: readonly string[] | undefined;
  /**
   * Milliseconds until a unary call ends with `deadline-exceeded`, or `'none'`. Default: 30000. RPCs
   * that may work for longer, such as `defragment`, keep the deadline of their own unless it is
   * `'none'` here. Streams have no deadline unless a call states one.
   */
  readonly timeoutMs?: number | 'none' | undefined;
  /** The Omni cluster the calls are for; sent as `context` metadata. Talos itself ignores it. */
  readonly cluster?: string | undefined;
  /** More metadata to send with every call. */
  readonly metadata?: MetadataInit | undefined;
}

export const callDefaultsShape: Shape<CallDefaults> = {
  nodes: texts('10.0.0.2'),
  timeoutMs: anything,
  cluster: text,
  metadata: record,
};

/** A client over a transport of the caller's: the testkit's, or a wrapped one. */
export interface TransportOptions extends CallDefaults {
  readonly transport: Transport;
}

/**
 * A client for one cluster. Itself a target: calls through it go to whichever endpoint answers,
 * which is right for one endpoint and for maintenance mode. With several endpoints only calls that
 * read go through it; those that act need `node(address)`.
 */
export interface TalosClient extends Target, AsyncDisposable {
  readonly address: undefined;
  /** The endpoints, as `host:port`. */
  readonly endpoints: readonly string[];
  /** Subject, roles and validity of the client certificate; absent when there is none. */
  readonly certificate: ClientCertificate | undefined;
  /**
   * The target for one node, by an address that the endpoint can reach: no port, since endpoints
   * always dial other nodes on port 50000. Costs nothing and connects to nothing.
   *
   * @throws {TalosConfigError} when the address is empty or has a port.
   */
  node(address: string): TalosNode;
  /**
   * A set of nodes, to call all of them. Without an argument, the nodes the client was created
   * with. A node that is named twice is in it once, also when its IP address is written in two
   * ways.
   *
   * @throws {TalosConfigError} when there is no node, or an address is empty or has a port.
   */
  nodes(addresses?: Addresses): NodeSet;
  /**
   * A client of its own over the same kind of carrier, with fresh connections: to the same endpoints
   * with the same credentials, unless `changes` says otherwise. Whoever waits for a node to come
   * back needs connections that know nothing of the node that went. Has to be closed by itself.
   *
   * @throws {TalosConfigError} when the client is over a transport that has no siblings
   */
  sibling(changes?: SiblingOptions): TalosClient;
  /**
   * Ends everything open with `TalosClosedError` and frees the connections. Later calls reject
   * with it too. Closing twice does nothing.
   */
  close(): Promise<void>;
}

/**
 * A client whose calls go through `transport`.
 *
 * @throws {TalosConfigError} when an option cannot work; the error names it
 */
export function clientOver(transport: Transport, options: CallDefaults): TalosClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (timeoutMs !== 'none') checkDuration(timeoutMs, 'timeoutMs');
  return new Client(
    {
      transport,
      checks: callChecks,
      node: undefined,
      metadata: clientMetadata(options),
      timeoutMs: timeoutMs === 'none' ? undefined : timeoutMs,
      signal: undefined,
    },
    options,
  );
}

/** The metadata of every call, with the keys the official client sends. */
function clientMetadata({ cluster, metadata }: CallDefaults): MetadataInit {
  if (cluster && !isHeaderText(cluster)) {
    throw new TalosConfigError('cluster: a name of a cluster is printable ASCII text', {
      field: 'cluster',
    });
  }
  return {
    runtime: 'Talos',
    ...(cluster ? { context: cluster } : {}),
    ...(metadata === undefined ? {} : checkMetadata(metadata, 'metadata')),
  };
}

class Client implements TalosClient {
  readonly address = undefined;
  readonly #route: Route;
  readonly #options: CallDefaults;
  readonly #nodes: readonly string[];

  constructor(own: Route, options: CallDefaults) {
    this.#route = own;
    this.#options = options;
    this.#nodes = checkAddresses(options.nodes ?? []);
  }

  get certificate(): ClientCertificate | undefined {
    return this.#route.transport.certificate;
  }

  [route](): Route {
    return this.#route;
  }

  get endpoints(): readonly string[] {
    return this.#route.transport.endpoints;
  }

  node(address: string): TalosNode {
    return this.#target(checkAddress(address));
  }

  nodes(addresses: Addresses = this.#nodes): NodeSet {
    const list = checkAddresses(addresses);
    if (list.length === 0) {
      throw new TalosConfigError(
        'there is no node to call: name nodes in talos.nodes([...]), in the client options, or in ' +
          'the talosconfig context',
        { field: 'nodes' },
      );
    }
    return createNodeSet(list.map((address) => this.#target(address)));
  }

  #target(address: string): TalosNode {
    const { metadata } = this.#route;
    return new NodeTarget(address, {
      ...this.#route,
      node: address,
      metadata: { ...metadata, node: address },
    });
  }

  sibling(changes: SiblingOptions = {}): TalosClient {
    const transport = siblingOf(this.#route.transport, changes);
    return clientOver(transport, this.#options);
  }

  async close(): Promise<void> {
    await this.#route.transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What logs show. */
  [inspect.custom](): object {
    return { endpoints: this.endpoints, nodes: this.#nodes, certificate: this.certificate };
  }
}
