import type { Issued } from 'talos-client/pki';
import type { CertificateFlaw, FaultTable, PortMode } from './calls/faults.js';
import type { Journal } from './calls/journal.js';
import type { OpenCalls } from './calls/open-calls.js';
import type { Network } from './network.js';
import type { ClientCertificates } from './pki/client-certificates.js';
import type { Trust } from './pki/trust.js';
import type { Random } from './random.js';
import type { Clock } from './time/clock.js';
import type { Topic } from './topic.js';

/** What a node is for. */
export type MachineType = 'controlplane' | 'worker';

/** The stage of a node, as its MachineStatus names it. */
export type MachineStage =
  | 'BOOTING'
  | 'INSTALLING'
  | 'MAINTENANCE'
  | 'RUNNING'
  | 'REBOOTING'
  | 'SHUTTING_DOWN'
  | 'RESETTING'
  | 'UPGRADING';

/** What a node is by its configuration: absent while it has none. */
export interface Identity {
  readonly type: MachineType;
  readonly trust: Trust;
}

/** Why a boot ends: it is the reason of the boot's signal. */
export type HaltReason = 'shutdown' | 'crash';

/**
 * The state of one node, as its parts know it: the frame that they stand in. Services, files, events
 * and the rest are topics: modules of their own, reached with `state(topic)`.
 *
 * Parts that change what others show say so with `notify(topic)`; parts that show it listen with
 * `onChange`.
 */
export interface Machine {
  /** The cluster that it belongs to. */
  readonly cluster: Cluster;

  /** Its address, such as `10.5.0.2`. */
  readonly address: string;

  /** Its place among the nodes of the cluster, from 0. */
  readonly index: number;

  /** Numbers of this node alone; fork it by the name of the part that draws. */
  readonly random: Random;

  /** Faults of the node's API, by method. */
  readonly faults: FaultTable;

  /** The calls in progress. */
  readonly calls: OpenCalls;

  /** The host name, such as `cp-1`. */
  readonly name: string;

  /** The Talos release that runs on it, such as `v1.14.0`. */
  readonly talosVersion: string;

  /** What the node is by its configuration; absent while it has none. */
  readonly identity: Identity | undefined;

  /** What the node is for; absent while it has no configuration. */
  readonly type: MachineType | undefined;

  /** Whether the node waits for its configuration. */
  readonly inMaintenance: boolean;

  /** Where it is between off and running. */
  readonly stage: MachineStage;

  /** The id of this boot, a UUID; another after each boot. The last one's while the node is off. */
  readonly bootId: string;

  /** How often the node has booted. */
  readonly boots: number;

  /** When the node was booted last, in milliseconds since 1970. */
  readonly bootedAt: number;

  /** Whether it is turned on. */
  readonly isOn: boolean;

  /** Whether its API takes calls. */
  readonly isApiUp: boolean;

  /** How its port answers; a fault when not `open`. */
  readonly port: PortMode;

  /** What is wrong with the certificate it shows; absent when nothing is. */
  readonly certificateFlaw: CertificateFlaw | undefined;

  /** The time of the node. Timers set on it end with the boot; those of a node that is off never fire. */
  readonly clock: Clock;

  /** Aborted when the boot ends, with a `HaltReason`. */
  readonly bootSignal: AbortSignal;

  /**
   * Aborted when the node begins to stop in order, before the boot ends. Streams that follow
   * something end well then, as those of a real node do when its API stops.
   */
  readonly closingSignal: AbortSignal;

  /** Lets the streams that follow something end. */
  beginClosing(): void;

  /** The state of a topic on this node. */
  state<State>(topic: Topic<Machine, State>): State;

  /** Tells listeners that what `topic` names is different now. */
  notify(topic: string): void;

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: (topic: string) => void): () => void;

  /** Changes the stage; notifies `machine`. */
  setStage(stage: MachineStage): void;

  /** Changes the release that runs after an upgrade; notifies `machine`. */
  setTalosVersion(version: string): void;

  /** Changes the host name; notifies `machine`. The node's certificate is issued anew. */
  setName(name: string): void;

  /**
   * Gives the node the identity of its configuration, or takes it away after a reset. The API
   * changes between maintenance and mTLS with it: connections are dropped.
   */
  setIdentity(identity: Identity | undefined): void;

  /** Turns the node on. The boot sequence runs from here; the API is up when its service is. */
  boot(): void;

  /**
   * Ends the boot: timers stop, what lived in memory is gone and connections drop. `shutdown` is the
   * end of a sequence, `crash` a power cut.
   */
  halt(reason: HaltReason): void;

  /** Opens or closes the node's API. Closing it drops all connections. */
  setApiUp(up: boolean): void;

  /** Changes how the port answers to those who connect from now on. */
  setPort(mode: PortMode): void;

  /** Gives the node a certificate with a flaw, or a good one, for connections from now on. */
  setCertificateFlaw(flaw: CertificateFlaw | undefined): void;

  /** Numbers for the next call: the same for the n-th call to the node, with the same seed. */
  randomOfCall(): Random;

  /** Tears down every connection to the node's API, and with them the calls in progress. */
  dropConnections(): void;
}

/** What the nodes of a cluster share, as the parts of a node know it. */
export interface Cluster {
  /** The name of the cluster, and of the context in its talosconfig. */
  readonly name: string;
  /** The release that its nodes began with. */
  readonly talosVersion: string;
  /** Whether it was up from the start, rather than left to a client to set up. */
  readonly upFromStart: boolean;
  /** The time of the cluster. Timers set on it end with the cluster. */
  readonly clock: Clock;
  /** Numbers that come again with the seed; fork it by the name of the part that draws. */
  readonly random: Random;
  /** Every call that reached a node. */
  readonly journal: Journal;
  /** Which nodes reach which. */
  readonly network: Network;
  /** The nodes' state, in the order of their addresses. */
  readonly machines: readonly Machine[];
  /** What the nodes of a cluster trust that is up from the start. */
  readonly trust: Trust;
  /** The certificates of its clients, good ones and others. */
  readonly pki: ClientCertificates;
  /** Whether clients come through SideroLink. */
  readonly sideroLink: boolean;
  /** Where its Kubernetes API is reached, as `https://10.5.0.2:6443`. */
  readonly kubernetesEndpoint: string;
  /** The certificate that a node shows to who connects; absent in a cluster without sockets. */
  servedCertificate(machine: Machine): Promise<Issued | undefined>;
  /** Whether clients reach a node's API. */
  isReachable(machine: Machine): boolean;
  /** The node that another one knows by `target`: an address, a host name, or itself. */
  machineAt(target: string, from?: Machine): Machine | undefined;
  /** The state of a topic that the nodes share. */
  state<State>(topic: Topic<Cluster, State>): State;
  /** Tells listeners on every node that what `topic` names is different now. */
  notify(topic: string): void;
}
