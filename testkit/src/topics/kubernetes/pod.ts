/** What runs in the container runtime of a node: a container, or the sandbox of a pod. */
export interface PodProcess {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** 0 when it has ended. */
  readonly pid: number;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** How often it was started before, in this boot and in those before. */
  readonly restarts: number;
}

/** A container of a pod. */
export interface PodContainer extends PodProcess {
  readonly name: string;
  readonly image: string;
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
  readonly sandbox: PodProcess;
  readonly container: PodContainer;
  /** When its kubelet started it in this boot, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether its probes succeed. */
  readonly ready: boolean;
}

/** A pod whose container has ended, or all of it. */
export function endedPod(pod: Pod, withSandbox: boolean): Pod {
  return {
    ...pod,
    ready: false,
    container: { ...pod.container, pid: 0 },
    sandbox: withSandbox ? { ...pod.sandbox, pid: 0 } : pod.sandbox,
  };
}

/** A pod whose container was started anew, and with it a sandbox that had ended. */
export function restartedPod(
  pod: Pod,
  started: Pick<PodProcess, 'pid' | 'startedAt'>,
  id: () => string,
): Pod {
  const again = (process: PodProcess) => ({ ...started, id: id(), restarts: process.restarts + 1 });
  return {
    ...pod,
    ready: false,
    container: { ...pod.container, ...again(pod.container) },
    sandbox: pod.sandbox.pid === 0 ? { ...again(pod.sandbox), pid: started.pid - 20 } : pod.sandbox,
  };
}
