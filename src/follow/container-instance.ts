import { containers } from '../../generated/features/containers.js';
import type { CallOptions } from '../runtime/call-options.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { Target } from '../runtime/target.js';

/**
 * One container of Kubernetes, by an id such as `kube-system/coredns-1:coredns:0123456789ab`. Kubernetes
 * never starts it again: what it starts instead has another id.
 */
export class ContainerInstance {
  readonly #node: Target;
  readonly #id: string;
  readonly #pod: string;
  readonly #name: string;
  readonly #internalId: string;

  private constructor(node: Target, id: string, parts: readonly string[]) {
    this.#node = node;
    this.#id = id;
    [this.#pod = '', this.#name = '', this.#internalId = ''] = parts;
  }

  /** The instance that `id` names; absent where it names what may be started again. */
  static named(node: Target, id: string): ContainerInstance | undefined {
    const parts = id.split(':');
    return parts.length === 3 && parts.every((part) => part !== '')
      ? new ContainerInstance(node, id, parts)
      : undefined;
  }

  /**
   * Whether it has ended, and so writes nothing any more. Unknown counts as no: the container runtime
   * starts some time after the node.
   */
  async isGone(options: CallOptions): Promise<boolean> {
    try {
      const request = { namespace: 'k8s.io', driver: 'CRI' } as const;
      const list = await containers(this.#node).list(request, options);
      const found = list.containers.find(
        ({ podId, name, internalId }) =>
          podId === this.#pod && name === this.#name && internalId.includes(this.#internalId),
      );
      return found === undefined || found.status === 'CONTAINER_EXITED';
    } catch {
      return false;
    }
  }

  /** What a stream of its log fails with once it has ended. */
  get goneError(): TalosRpcError {
    return new TalosRpcError(`the container ${this.#id} has ended`, {
      status: 'not-found',
      rpc: 'machine.MachineService/Logs',
      node: this.#node.address,
    });
  }
}
