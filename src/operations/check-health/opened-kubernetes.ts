import { isTalosError } from '../../runtime/errors/any-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Target } from '../../runtime/target.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import { openKubernetes } from '../kubernetes/connect.js';
import type { Operation } from '../run/operation.js';
import { rpcError } from '../run/refusals.js';
import type { CheckSettings } from './checked.js';

/** The client of Kubernetes, made when the first check needs it. */
export class OpenedKubernetes<Step extends string> {
  readonly #operation: Operation<Step>;
  readonly #target: Target;
  readonly #settings: CheckSettings;
  #api: KubernetesApi | string | undefined;
  #close = (): void => {};

  constructor(
    operation: Operation<Step>,
    target: Target,
    given: KubernetesApi | undefined,
    settings: CheckSettings,
  ) {
    this.#operation = operation;
    this.#target = target;
    this.#settings = settings;
    this.#api = given;
  }

  /** The client, or why there is none: the role of the caller, mostly. */
  async get(): Promise<KubernetesApi | string> {
    while (this.#api === undefined) {
      const operation = this.#operation;
      try {
        const api = await openKubernetes(operation, this.#target);
        this.#close = () => api.close();
        this.#api = api;
      } catch (error) {
        operation.signal.throwIfAborted();
        if (isTalosError(error) && error.code === 'closed') throw error;
        if (!this.#settings.wait || isLasting(error)) this.#api = messageOf(error);
        else {
          operation.waits('a kubeconfig', error);
          await operation.sleep(this.#settings.intervalMs);
        }
      }
    }
    this.#operation.found('a kubeconfig');
    return this.#api;
  }

  close(): void {
    this.#close();
  }
}

function isLasting(error: unknown): boolean {
  const { status } = rpcError((error as Error).cause) ?? {};
  return status === 'permission-denied' || status === 'unimplemented';
}
