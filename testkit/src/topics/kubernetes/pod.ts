/** A container of a pod. */
export interface PodContainer {
  readonly name: string;
  readonly image: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly pid: number;
}

/** A pod that runs on a node. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Whether the node has it from its own files rather than from the API server. */
  readonly isStatic: boolean;
  /** Whether it uses the network of the node. */
  readonly hostNetwork: boolean;
  /** Its address: that of the node if it uses its network. */
  readonly ip: string;
  /** The id of its sandbox, 64 hexadecimal digits. */
  readonly sandboxId: string;
  readonly containers: readonly PodContainer[];
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** How often its containers were started before, in this boot and in those before. */
  readonly restarts: number;
  /** Whether its probes succeed. */
  readonly ready: boolean;
}
