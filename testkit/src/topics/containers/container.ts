/** A container that a node runs, or has run. */
export interface NodeContainer {
  /** The id in its container runtime. */
  readonly internalId: string;
  readonly name: string;
  readonly image: string;
  /** The process; 0 when it has ended. */
  readonly pid: number;
  /** When it started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How often it was started again. */
  readonly restarts: number;
}

/** A pod with its containers: the sandbox first. */
export interface NodePod {
  /** `namespace/pod`. */
  readonly name: string;
  readonly uid: string;
  /** Its address: that of the node if it uses its network. */
  readonly address: string;
  /** The name of its network namespace; absent when it uses the host's. */
  readonly networkNamespace: string | undefined;
  readonly sandbox: NodeContainer;
  readonly containers: readonly NodeContainer[];
}
