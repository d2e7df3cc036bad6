import type { KubernetesApi } from '../../operations/kubernetes/api.js';
import { openKubernetes } from '../../operations/kubernetes/connect.js';
import type { HttpApi } from '../../operations/kubernetes/http/http-api.js';
import type { Operation } from '../../operations/run/operation.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import { TalosOperationError } from '../../runtime/errors/operation-error.js';
import type { TalosClient } from '../../runtime/talos-client.js';
import type { Target } from '../../runtime/target.js';
import { unlessAborted } from '../../runtime/unless-aborted.js';
import type { FleetFlowOptions } from './connect.js';
import { Opened } from './opened.js';

/** The clients of clusters that something is done to: one each, as long as a flow is about it. */
export class Connections {
  readonly #options: FleetFlowOptions;
  readonly #open = new Map<string, { readonly connection: Connection; users: number }>();

  constructor(options: FleetFlowOptions) {
    this.#options = options;
  }

  /** Runs a flow that is about a cluster. Its client is closed when the last one has ended. */
  async with<T>(cluster: string, run: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = new Connection(cluster, this.#options);
    const used = this.#open.get(cluster) ?? { connection, users: 0 };
    this.#open.set(cluster, used);
    used.users += 1;
    try {
      return await run(used.connection);
    } finally {
      used.users -= 1;
      if (used.users === 0) {
        this.#open.delete(cluster);
        await used.connection.close();
      }
    }
  }
}

/** What reaches a cluster. It connects when a step first asks for it. */
export class Connection {
  readonly cluster: string;
  readonly #options: FleetFlowOptions;
  readonly #client = new Opened<TalosClient>((client) => client.close());
  readonly #kubernetes = new Opened<HttpApi>((api) => api.close());

  constructor(cluster: string, options: FleetFlowOptions) {
    this.cluster = cluster;
    this.#options = options;
  }

  /**
   * The client of the cluster.
   *
   * @param operation what asks for it, for the error of a client that cannot be made
   */
  async client(operation: string, signal: AbortSignal): Promise<TalosClient> {
    try {
      return await this.#client.get(() => this.#options.connect(this.cluster), signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (isTalosError(cause)) throw cause;
      throw new TalosOperationError(
        `${this.cluster}: ${messageOf(cause)}`,
        { operation, step: 'connect', outcome: 'unchanged' },
        { cause },
      );
    }
  }

  /** The client of the Kubernetes API. All steps share it, and one kubeconfig. */
  kubernetes<Step extends string>(
    operation: Operation<Step>,
    target: Target,
  ): Promise<KubernetesApi> {
    const { kubernetes } = this.#options;
    const { signal } = operation;
    if (kubernetes === undefined) {
      return this.#kubernetes.get(() => openKubernetes(operation, target), signal);
    }
    return unlessAborted(signal, async () => kubernetes(this.cluster));
  }

  async close(): Promise<void> {
    await this.#kubernetes.close();
    await this.#client.close();
  }
}
