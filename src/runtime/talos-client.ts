import { inspect } from 'node:util';
import { callChecks } from './arguments/call-checks.js';
import { anything, callback, list, record, text, texts } from './arguments/kinds.js';
import type { Kind, Shape } from './arguments/options.js';
import { checkDuration } from './call.js';
import type { ClientCertificate } from './credentials/credentials.js';
import { TalosConfigError } from './errors/config-error.js';
import { createNodeSet, type NodeSet } from './fan-out.js';
import { siblingOf } from './fresh-target.js';
import { checkMetadata, isHeaderText, type MetadataInit } from './metadata.js';
import type { Middleware } from './middleware.js';
import { type Addresses, checkAddress, checkAddresses } from './node-address.js';
import { nodeOf } from './node-target.js';
import { type RetryOptions, retryPolicy } from './retry-options.js';
import { type Route, route, type TalosNode, type Target } from './target.js';
import type { SiblingOptions, Transport } from './transport.js';

/** The default deadline of unary calls. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Options for every call of a client, over any transport. */
export interface CallDefaults {
  /** The nodes that `talos.nodes()` stands for. Without them, `talos.nodes()` throws. */
  readonly nodes?: readonly string[] | undefined;
  /**
   * Milliseconds until a unary call ends with `deadline-exceeded`, or `'none'`. Default: 30000.
   * RPCs that may take longer, such as `defragment`, keep their own deadline, unless this is
   * `'none'`. Streams have no deadline unless a call states one.
   */
  readonly timeoutMs?: number | 'none' | undefined;
  /**
   * The Omni cluster that the calls are for; sent as `context` metadata. Talos itself ignores it.
   */
  readonly cluster?: string | undefined;
  /** More metadata to send with every call. */
  readonly metadata?: MetadataInit | undefined;
  /**
   * For how long calls are made again after they failed, where that is safe; `false` for not at all.
   * Default: for 3 seconds after the first failure.
   */
  readonly retry?: false | RetryOptions | undefined;
  /**
   * What every call goes through, outermost first: what stands first sees a call first, and its end
   * last. `docs/middleware.md` has the order of the usual ones.
   */
  readonly use?: readonly Middleware[] | undefined;
}

export const callDefaultsShape: Shape<CallDefaults> = {
  nodes: texts('10.0.0.2'),
  timeoutMs: anything,
  cluster: text,
  metadata: record,
  retry: anything,
  use: list(callback, 'middlewares, such as [middleware(begin)]'),
};

/** Whether an option is a transport, as far as that can be seen. */
export const transportKind: Kind = (value) =>
  typeof (value as Transport | null)?.unary === 'function' ? undefined : 'a transport';

/** The options of a client over a given transport: that of the testkit, or a wrapped one. */
export interface TransportOptions extends CallDefaults {
  readonly transport: Transport;
}

/**
 * A client for one cluster. It is itself a target: calls through it go to whichever endpoint
 * answers. Use that with a single endpoint, and in maintenance mode. With several endpoints it
 * takes only calls that read; those that act need `node(address)`.
 */
export interface TalosClient extends Target, AsyncDisposable {
  readonly address: undefined;
  /** The endpoints, as `host:port`. */
  readonly endpoints: readonly string[];
  /** Subject, roles and validity of the client certificate; absent when there is none. */
  readonly certificate: ClientCertificate | undefined;
  /**
   * The target for one node, by an address that the endpoint can reach. The address has no port:
   * endpoints always dial other nodes on port 50000. This connects to nothing.
   *
   * @throws {TalosConfigError} when the address is empty or has a port.
   */
  node(address: string): TalosNode;
  /**
   * A set of nodes, to call all of them. Without an argument: the nodes that the client was created
   * with. A node that is named twice is in the set once, even if its IP address is written in two
   * ways.
   *
   * @throws {TalosConfigError} when there is no node, or an address is empty or has a port.
   */
  nodes(addresses?: Addresses): NodeSet;
  /**
   * Another client over the same kind of carrier, with its own connections: to the same endpoints
   * with the same credentials, unless `changes` says otherwise. Use it to wait for a node to come
   * back: old connections may seem alive although the node is gone. Close it separately.
   *
   * @throws {TalosConfigError} when the transport of the client cannot have siblings
   */
  sibling(changes?: SiblingOptions): TalosClient;
  /**
   * Asks the functions again that were given for `endpoints` and `credentials`, as when control planes
   * were replaced or certificates renewed. New calls use what they give; calls that are open go on
   * over their connections. When a function fails, `reload` fails with its error, and everything stays
   * as it was.
   *
   * @throws {TalosConfigError} when neither was given as a function, or what they gave cannot be used
   */
  reload(): Promise<void>;
  /**
   * Ends all open calls with `TalosClosedError` and frees the connections. Later calls reject with
   * the same error. A second `close()` does nothing.
   */
  close(): Promise<void>;
}

/**
 * A client whose calls go through `transport`.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
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
      retry: retryPolicy(options.retry),
      signal: undefined,
    },
    options,
  );
}

/** The metadata of every call, under the names that the official client uses. */
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
    return nodeOf(this.#route, checkAddress(address));
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
    return createNodeSet(list.map((address) => nodeOf(this.#route, address)));
  }

  sibling(changes: SiblingOptions = {}): TalosClient {
    const transport = siblingOf(this.#route.transport, changes);
    return clientOver(transport, this.#options);
  }

  async reload(): Promise<void> {
    const { transport } = this.#route;
    if (transport.reload !== undefined) return transport.reload();
    throw new TalosConfigError(
      'reload: the endpoints and credentials of this client never change: give createTalosClient ' +
        'functions for them',
      { field: 'endpoints' },
    );
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
