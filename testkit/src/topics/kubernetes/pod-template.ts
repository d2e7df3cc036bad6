/** What the pods of a workload have in common. */
export interface PodTemplate {
  readonly labels: Readonly<Record<string, string>>;
  /** The name of the one container, and its image. */
  readonly container: string;
  readonly image: string;
  /** Whether it uses the network of its node. */
  readonly hostNetwork: boolean;
  /** Which taints it runs in spite of. */
  readonly tolerates: 'everything' | 'control-planes' | 'nothing';
  /** Whether its data goes with it. */
  readonly emptyDir: boolean;
  /** How long the kubelet waits for it to end, in seconds. */
  readonly graceSeconds: number;
  /** How long it takes to end once it was asked to, in milliseconds; absent: not long. */
  readonly stopMs?: number | undefined;
  readonly priorityClass?: 'system-node-critical' | 'system-cluster-critical' | undefined;
}

/** A pod of `name` unless said otherwise. */
export function podTemplate(name: string, rest: Partial<PodTemplate> = {}): PodTemplate {
  return {
    labels: { app: name },
    container: name,
    image: `registry.k8s.io/${name}:v1`,
    hostNetwork: false,
    tolerates: 'nothing',
    emptyDir: false,
    graceSeconds: 30,
    ...rest,
  };
}
