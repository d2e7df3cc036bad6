// What the server and the page say to each other, as JSON. Times are milliseconds since 1970.

/**
 * How calls reach a node. While it is `connecting`, nothing is known against it: it was not asked yet, or
 * one connection was lost, and the next one is on its way.
 */
export type Link = 'connecting' | 'up' | 'lost';

/** A service of a node. */
export interface ServiceView {
  readonly id: string;
  /** As the node says it, such as `Running`. */
  readonly state: string;
  readonly health: 'healthy' | 'unhealthy' | 'unknown';
}

/** A node as it was last seen. What was never seen is absent. */
export interface NodeView {
  readonly address: string;
  /** Its host name; its address until that is known. */
  readonly name: string;
  /** `controlplane`, `worker`, or another word of the node. */
  readonly type?: string | undefined;
  /** The release that runs on it, such as `v1.14.0`. */
  readonly version?: string | undefined;
  readonly link: Link;
  /** Why the link is not up. */
  readonly why?: string | undefined;
  /** Such as `running` or `rebooting`. */
  readonly stage?: string | undefined;
  readonly ready?: boolean | undefined;
  /** What keeps it from being ready. */
  readonly unmet: readonly string[];
  readonly bootedAt?: number | undefined;
  readonly services: readonly ServiceView[];
  /** What is not shown of the node, and why, such as a missing permission. */
  readonly problems: readonly string[];
}

/** What a node did at a moment. A node that did not answer has a sample without numbers. */
export interface Sample {
  readonly at: number;
  /** The share of the time since the sample before in which its processors worked: from 0 to 1. */
  readonly cpu?: number | undefined;
  /** Bytes of its memory that programs cannot get. */
  readonly memoryUsed?: number | undefined;
  readonly memoryTotal?: number | undefined;
}

/** A member of etcd. Numbers are absent while its node does not answer. */
export interface EtcdMemberView {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly role: 'leader' | 'follower' | 'learner' | 'silent';
  readonly raftTerm?: string | undefined;
  readonly raftIndex?: string | undefined;
  /** Bytes. */
  readonly dbSize?: number | undefined;
  readonly errors: readonly string[];
}

/** etcd as its members tell it. */
export interface EtcdView {
  readonly members: readonly EtcdMemberView[];
  /** What is wrong with it as a whole, such as that nobody answers. */
  readonly problem?: string | undefined;
}

/** Something that a node told, or a mark: what is not known there, such as a gap. */
export interface Entry {
  readonly kind: 'told' | 'mark';
  readonly node: string;
  readonly text: string;
  readonly at?: number | undefined;
}

/** How far an operation is with a node. */
export interface RunNodeView {
  readonly address: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'left';
  /** Its steps so far, in their order; the last one is that where it is. */
  readonly steps: readonly string[];
  /** What it does or waits for. */
  readonly now?: string | undefined;
}

/** An operation over some nodes. */
export interface RunView {
  readonly operation: 'reboot' | 'upgrade';
  readonly image?: string | undefined;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly state: 'running' | 'stopping' | 'done' | 'failed' | 'stopped';
  /** What it does that is about no single node. */
  readonly now?: string | undefined;
  /** Why it failed. */
  readonly error?: string | undefined;
  readonly nodes: readonly RunNodeView[];
}

/** What is looked at, and what one may do there. */
export interface ClusterView {
  readonly name: string;
  readonly isSimulated: boolean;
  readonly mayAct: boolean;
  /** The installer that the page suggests. */
  readonly image: string;
}

/** Everything but the log, as it is now. Comes first, and again after messages were left out. */
export interface StateMessage {
  readonly type: 'state';
  readonly cluster: ClusterView;
  readonly nodes: readonly NodeView[];
  /** By the address of the node, oldest first. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  readonly etcd: EtcdView;
  readonly events: readonly Entry[];
  readonly run?: RunView | undefined;
}

/** The end of the log that the page looks at, as it is now. */
export interface LogMessage {
  readonly type: 'log';
  readonly entries: readonly Entry[];
}

/** One thing that is new. */
export type ChangeMessage =
  | { readonly type: 'node'; readonly node: NodeView }
  | { readonly type: 'sample'; readonly node: string; readonly sample: Sample }
  | { readonly type: 'etcd'; readonly etcd: EtcdView }
  | { readonly type: 'event'; readonly entry: Entry }
  | { readonly type: 'line'; readonly entry: Entry }
  | { readonly type: 'run'; readonly run: RunView };

/** The page was too slow, and so many messages were left out. All of the state follows. */
export interface MissedMessage {
  readonly type: 'missed';
  readonly count: number;
}

/** What the server tells the page. */
export type Message = StateMessage | LogMessage | ChangeMessage | MissedMessage;

/** What the page asks for: the names of actions with their bodies. */
export interface Actions {
  readonly reboot: { readonly nodes: readonly string[] };
  readonly upgrade: { readonly nodes: readonly string[]; readonly image: string };
  /** Stops the operation that runs. */
  readonly stop: Readonly<Record<string, never>>;
  /** Cuts a simulated node off. */
  readonly cut: { readonly node: string };
  /** Ends that. */
  readonly connect: { readonly node: string };
}
