import type { KubernetesApi } from '../../../operations/kubernetes/api.js';
import type { Operation } from '../../../operations/run/operation.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import type { TalosNode } from '../../../runtime/target.js';
import type { FlowContext, StepAttempt, StepOptions } from '../../flow.js';
import type { Json } from '../../json.js';
import type { Connection } from '../connections.js';
import { type Confirm, operate } from '../operate.js';

/** What one attempt at a step of a node has to work with. */
export interface NodeWork {
  readonly node: TalosNode;
  readonly operation: Operation<string>;
  readonly attempt: StepAttempt;
  readonly confirm: Confirm;
  /** The client of the Kubernetes API. Its acts are confirmed by the client itself. */
  kubernetes(): Promise<KubernetesApi>;
}

/** How long a step may take, in milliseconds, and how often it is tried. */
export interface NodeStepOptions extends Pick<StepOptions<Json>, 'retries' | 'backoffMs'> {
  readonly timeoutMs: number;
}

/** The steps of a flow that is about one node. */
export class NodeSteps {
  readonly context: FlowContext;
  readonly address: string;
  /** The name of the flow that errors tell. */
  readonly flow: string;
  readonly #connection: Connection;
  readonly #parts: ReconnectParts | undefined;

  constructor(
    context: FlowContext,
    address: string,
    flow: string,
    connection: Connection,
    parts: ReconnectParts | undefined,
  ) {
    this.context = context;
    this.address = address;
    this.flow = flow;
    this.#connection = connection;
    this.#parts = parts;
  }

  /** Does a step, or gives what it gave before. */
  step<T extends Json>(
    name: string,
    { timeoutMs, ...options }: NodeStepOptions,
    run: (work: NodeWork) => Promise<T>,
  ): Promise<T> {
    const { flow, address } = this;
    return this.context.step<T>(
      name,
      async (attempt) => {
        const client = await this.#connection.client(flow, attempt.signal);
        const node = client.node(address);
        const setup = { flow, step: name, target: node, timeoutMs, parts: this.#parts };
        return operate(setup, attempt, (operation, confirm) => {
          const kubernetes = async (): Promise<KubernetesApi> =>
            confirming(await this.#connection.kubernetes(operation, node), confirm);
          return run({ node, operation, attempt, confirm, kubernetes });
        });
      },
      { ...options, node: address },
    );
  }
}

/** The same API, which asks before each act whether this process may still do it. */
function confirming(api: KubernetesApi, confirm: Confirm): KubernetesApi {
  return {
    getNode: (name, call) => api.getNode(name, call),
    listNodes: (call) => api.listNodes(call),
    listPods: (query, call) => api.listPods(query, call),
    getDaemonSet: (namespace, name, call) => api.getDaemonSet(namespace, name, call),
    async patchNode(name, patch, call) {
      await confirm();
      return api.patchNode(name, patch, call);
    },
    async evictPod(pod, call) {
      await confirm();
      return api.evictPod(pod, call);
    },
  };
}
