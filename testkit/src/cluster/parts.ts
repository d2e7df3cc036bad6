import type { EtcdAlarmType } from '../topics/etcd/etcd.js';
import type { RuntimeEvent } from '../topics/events/events.js';
import type { EventInit } from '../topics/events/payload.js';
import type { Errno, FileAttributes } from '../topics/files/node.js';
import type { Signer } from '../topics/images/registry.js';
import type { KernelRecord } from '../topics/logs/kernel-record.js';
import type {
  ServiceHealthState,
  ServiceHistoryEntry,
  ServiceState,
} from '../topics/services/service.js';

/**
 * The file system of a node, as `List`, `Read`, `Copy` and `DiskUsage` show it. What is written to
 * `/var` and `/system/state` survives a reboot, all else does not.
 */
export interface NodeFiles {
  /** Writes a file, and the directories that are missing on the way. */
  write(path: string, content: string | Uint8Array, attributes?: FileAttributes): void;
  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void;
  /**
   * Makes a file or directory fail until `mend`: when it is opened, or, with `afterBytes`, when so
   * much of a file has been read. Talos does not tell callers of the latter.
   */
  break(path: string, errno: Errno, options?: { readonly afterBytes?: number }): void;
  /** Makes a file or directory readable again. */
  mend(path: string): void;
}

/** One service of a node, as it is now. */
export interface NodeService {
  /** Such as `kubelet`. */
  readonly id: string;
  readonly state: ServiceState;
  /** Its last 64 states, newest last. */
  readonly history: readonly ServiceHistoryEntry[];
  readonly health: ServiceHealthState;
  /** The id of its process; absent while it has none of its own. */
  readonly pid: number | undefined;
}

/** The services of a node in this boot. */
export interface NodeServices {
  /** All services, by id. */
  list(): readonly NodeService[];
  /** A service by its id; absent when the node does not have it. */
  find(id: string): NodeService | undefined;
  /**
   * Has a running service end with an error. It is started again after a second, as on a real node.
   *
   * @throws {RangeError} when the node does not have it.
   */
  crash(id: string, reason?: string): void;
  /**
   * Has the health checks of a service fail with `message` until `mend`, over restarts of it, too.
   *
   * @throws {RangeError} when the node does not have it, or it has no health checks.
   */
  break(id: string, message: string): void;
  /** Has its health checks succeed again, as far as nothing else is wrong. */
  mend(id: string): void;
}

/** The static pods of a control plane in this boot, by their containers, such as `kube-apiserver`. */
export interface NodeStaticPods {
  /**
   * Ends a container and keeps it from being started again, until `release` or the next boot. While
   * `kube-apiserver` is held, the node does not answer requests to the Kubernetes API.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  hold(name: string): void;
  /** Has a container be started again. */
  release(name: string): void;
  /**
   * Has a container end with an error. It is started again after a second.
   *
   * @throws {RangeError} when the node has no such pod.
   */
  crash(name: string): void;
}

/** The events of a node in this boot. */
export interface NodeEvents {
  /** The last 1000, oldest first. */
  readonly kept: readonly RuntimeEvent[];
  /** Tells everybody who watches. `actorId` names the action that it belongs to; default: none. */
  emit(payload: EventInit, actorId?: string): RuntimeEvent;
  /** Calls `listener` with each event from now on, until the function it returns is called. */
  onEvent(listener: (event: RuntimeEvent) => void): () => void;
}

/** The logs of a node's services in this boot, as `Logs` gives them. */
export interface NodeLogs {
  /** The ids of all logs, sorted. */
  readonly ids: readonly string[];
  /** Adds text and a line break, or bytes as they are, to a log; it is made when there is none. */
  write(id: string, content: string | Uint8Array): void;
}

/** The kernel's log of a node in this boot, as `Dmesg` gives it. */
export interface NodeKernelLog {
  /** What is kept, oldest first. */
  readonly records: readonly KernelRecord[];
  /** Adds a record with the time of the node. Default: facility `kern`, priority `info`. */
  write(text: string, options?: Partial<Pick<KernelRecord, 'facility' | 'priority'>>): void;
}

/** The etcd member of a control plane. */
export interface NodeEtcd {
  /** Its id; absent while the node has no data of etcd. */
  readonly memberId: bigint | undefined;
  /**
   * Raises an alarm of this member, as if its space was used up or its data were damaged.
   *
   * @throws {Error} when the node has no data of etcd.
   */
  raiseAlarm(alarm: EtcdAlarmType): void;
  /** Takes the alarms of all members back, as `EtcdAlarmDisarm` does. */
  disarmAlarms(): void;
}

/** The clock of a node against its time servers, in this boot. */
export interface NodeTimeSync {
  /** Whether they agree. */
  readonly isSynced: boolean;
  /** Loses the time servers, or finds them again. */
  setSynced(synced: boolean): void;
}

/**
 * The container registries that the nodes reach. They have the releases of Talos, Kubernetes, etcd
 * and flannel, `alpine`, `busybox`, `debian`, `nginx` and `ubuntu` of Docker Hub, and what is added;
 * everything else is not found. Hosts that end in `.invalid` cannot be reached.
 */
export interface ImageRegistry {
  /**
   * Gives a registry an image, such as `registry.example.com/app:v1`.
   *
   * @throws {Error} when the reference is none.
   */
  add(reference: string): void;
  /**
   * Removes an image. Nodes that have it keep it.
   *
   * @throws {Error} when the reference is none.
   */
  withdraw(reference: string): void;
  /** Signs the images whose repository begins with `prefix`, in the place of who did so before. */
  sign(prefix: string, signer: Signer): void;
}
