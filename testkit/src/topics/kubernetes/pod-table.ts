import type { Machine } from '../../base/machine.js';
import type { ClusterPod } from './cluster-pod.js';

/** The pods of the API server, found by what one knows of them. */
export class PodTable {
  readonly #byUid = new Map<string, ClusterPod>();
  readonly #byName = new Map<string, string>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byMachine = new Map<Machine, Set<string>>();
  readonly #pending = new Set<string>();

  /** All pods, in the order they were made. */
  all(): readonly ClusterPod[] {
    return [...this.#byUid.values()];
  }

  get(uid: string): ClusterPod | undefined {
    return this.#byUid.get(uid);
  }

  find(namespace: string, name: string): ClusterPod | undefined {
    const uid = this.#byName.get(`${namespace}/${name}`);
    return uid === undefined ? undefined : this.get(uid);
  }

  ownedBy(uid: string): readonly ClusterPod[] {
    return this.#found(this.#byOwner.get(uid));
  }

  on(machine: Machine): readonly ClusterPod[] {
    return this.#found(this.#byMachine.get(machine));
  }

  /** How many are bound to a node. */
  countOn(machine: Machine): number {
    return this.#byMachine.get(machine)?.size ?? 0;
  }

  /** Those that no node has taken yet. */
  pending(): readonly ClusterPod[] {
    return this.#found(this.#pending);
  }

  /** Adds a pod, or puts it in the place of what it was. */
  set(pod: ClusterPod): void {
    const { uid, owner, machine } = pod;
    this.#byUid.set(uid, pod);
    this.#byName.set(`${pod.namespace}/${pod.name}`, uid);
    if (owner !== undefined) add(this.#byOwner, owner.uid, uid);
    if (machine === undefined) {
      this.#pending.add(uid);
    } else {
      this.#pending.delete(uid);
      add(this.#byMachine, machine, uid);
    }
  }

  delete({ uid, namespace, name, owner, machine }: ClusterPod): boolean {
    if (!this.#byUid.delete(uid)) return false;
    const key = `${namespace}/${name}`;
    if (this.#byName.get(key) === uid) this.#byName.delete(key);
    if (owner !== undefined) this.#byOwner.get(owner.uid)?.delete(uid);
    if (machine !== undefined) this.#byMachine.get(machine)?.delete(uid);
    this.#pending.delete(uid);
    return true;
  }

  #found(uids: Iterable<string> = []): readonly ClusterPod[] {
    return [...uids].flatMap((uid) => this.get(uid) ?? []);
  }
}

function add<Key>(index: Map<Key, Set<string>>, key: Key, uid: string): void {
  const uids = index.get(key) ?? new Set();
  index.set(key, uids.add(uid));
}
