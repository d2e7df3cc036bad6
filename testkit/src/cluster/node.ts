import { type InspectOptions, inspect } from 'node:util';
import type { AnyMethod, Method, MethodKind, StatusName } from 'talos-client';
import { checkOptions, flag, type Shape } from 'talos-client/options';
import { overrides } from '../apid/overrides.js';
import {
  type CertificateFlaw,
  type CutOptions,
  checkFault,
  type DropOptions,
  type FailOptions,
  type FaultOptions,
  type ResetOptions,
} from '../base/calls/faults.js';
import type { AnyHandler, Handler } from '../base/calls/rpc.js';
import type { Machine, MachineStage, MachineType } from '../base/machine.js';
import { printed } from '../base/printed.js';
import { untilHolds } from '../base/time/until.js';
import type { Ports } from '../sockets/ports.js';
import { type Resources, resources } from '../topics/cosi/resources.js';
import { etcdNode } from '../topics/etcd/etcd-node.js';
import { events } from '../topics/events/events.js';
import { files } from '../topics/files/files.js';
import { pods } from '../topics/kubernetes/pods.js';
import { dmesg } from '../topics/logs/dmesg.js';
import { logs } from '../topics/logs/logs.js';
import { services } from '../topics/services/services.js';
import type { DiskOptions } from '../topics/storage/node-storage.js';
import { storage } from '../topics/storage/storage.js';
import { timeSync } from '../topics/system/time-sync.js';
import type {
  NodeEtcd,
  NodeEvents,
  NodeFiles,
  NodeKernelLog,
  NodeLogs,
  NodeServices,
  NodeStaticPods,
  NodeTimeSync,
} from './parts.js';

/** How a node hangs up by `goAway`. */
export interface GoAwayOptions {
  /** As on clients that ping too often. Default: no. */
  readonly tooManyPings?: boolean;
}

const goAwayShape: Shape<GoAwayOptions> = { tooManyPings: flag };

/** Where the nodes of a cluster listen. */
export interface NodeSockets {
  /** Where clients reach a node, as `host:port`. */
  endpointOf(machine: Machine): string;
  /** Where they reach its API server; absent where there is to be none. */
  kubernetesOf(machine: Machine): string | undefined;
  /** @throws {RangeError} when there are none. */
  readonly ports: Ports;
}

/**
 * One node of a simulated cluster, as a test handles it. Functions that add a fault or a handler
 * return one that takes it back.
 */
export class SimulatedNode {
  /** @internal The state of the node, for looking at what clients cannot see. */
  readonly machine: Machine;

  readonly #sockets: NodeSockets;

  /** @internal Use `cluster.node(name)`. */
  constructor(machine: Machine, sockets: NodeSockets) {
    this.machine = machine;
    this.#sockets = sockets;
  }

  /** The host name, such as `cp-1`. */
  get name(): string {
    return this.machine.name;
  }

  /** The address for `talos.node(...)`, such as `10.5.0.2`. */
  get address(): string {
    return this.machine.address;
  }

  /** Where clients reach the node itself, as `host:port`. */
  get endpoint(): string {
    return this.#sockets.endpointOf(this.machine);
  }

  /**
   * The fingerprint of the key that the node shows, as its console prints it in maintenance.
   *
   * @throws {RangeError} when the cluster has no sockets.
   */
  async fingerprint(): Promise<string> {
    return this.#sockets.ports.of(this.machine).fingerprint();
  }

  /** What the node is for; absent while it waits for its configuration. */
  get type(): MachineType | undefined {
    return this.machine.type;
  }

  /** Where it is between off and running, such as `MAINTENANCE`, `REBOOTING` or `RUNNING`. */
  get stage(): MachineStage {
    return this.machine.stage;
  }

  /** The id of this boot; another one after each. */
  get bootId(): string {
    return this.machine.bootId;
  }

  /** The release that runs on it, such as `v1.14.0`: another one after an upgrade. */
  get talosVersion(): string {
    return this.machine.talosVersion;
  }

  /**
   * The resources of the node, as its resource API shows them, for tests that read or write them
   * directly. They are those of this boot; writing ends with it.
   */
  get resources(): Resources {
    return this.machine.state(resources);
  }

  /**
   * The file system of the node, for tests that need certain files, or that some cannot be read.
   *
   * @example
   * ```ts
   * node.files.write('/var/lib/app/state.json', '{}');
   * node.files.break('/var/lib/app', 'EIO');
   * ```
   */
  get files(): NodeFiles {
    return this.machine.state(files);
  }

  /**
   * The services of the node: to crash them, and to have their health checks fail.
   *
   * @example
   * ```ts
   * node.services.break('kubelet', 'connection refused');
   * ```
   */
  get services(): NodeServices {
    return this.machine.state(services);
  }

  /** The events of the node: to emit more, and to look at those there were. */
  get events(): NodeEvents {
    return this.machine.state(events);
  }

  /** The logs of the node's services: to write what a client is to find there. */
  get logs(): NodeLogs {
    return this.machine.state(logs);
  }

  /** The kernel's log of the node, likewise. */
  get kernelLog(): NodeKernelLog {
    return this.machine.state(dmesg);
  }

  /**
   * The etcd member of the node, for alarms that nothing else would raise.
   *
   * @example
   * ```ts
   * node.etcd.raiseAlarm('NOSPACE');
   * ```
   */
  get etcd(): NodeEtcd {
    return this.machine.state(etcdNode);
  }

  /**
   * The static pods of a control plane: to crash them, or to stop them for a while.
   *
   * @example
   * ```ts
   * node.staticPods.hold('kube-apiserver');
   * ```
   */
  get staticPods(): NodeStaticPods {
    return this.machine.state(pods);
  }

  /**
   * Where clients reach the API server of this node, as `https://127.0.0.1:41234`; in memory that is
   * its address. Absent for a node that is no control plane; with sockets, for one that
   * was none when the cluster began.
   */
  get kubernetesEndpoint(): string | undefined {
    return this.#sockets.kubernetesOf(this.machine);
  }

  /** The clock of the node against its time servers. Etcd is not bootstrapped while they differ. */
  get timeSync(): NodeTimeSync {
    return this.machine.state(timeSync);
  }

  /**
   * Attaches a blank disk to the node, as a hypervisor does while it runs. It stays attached. A node
   * has the disks `sda`, which Talos is on, and `sdb`, which is blank.
   *
   * @example
   * ```ts
   * node.attachDisk({ name: 'nvme0n1', size: 100 * 2 ** 30, transport: 'nvme' });
   * ```
   * @throws {RangeError} when the node has a disk of the name.
   */
  attachDisk(disk: DiskOptions): void {
    this.machine.state(storage).attach(disk);
  }

  /** Whether the node is turned on. */
  get isOn(): boolean {
    return this.machine.isOn;
  }

  /** Resolves when the node is in `stage`; at once when it is already. */
  untilStage(stage: MachineStage, signal?: AbortSignal): Promise<void> {
    return this.until(() => this.machine.stage === stage, signal);
  }

  /** Resolves when `holds` does. Looks whenever anything of the node changes. */
  async until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    await untilHolds(this.machine, holds, signal);
  }

  /**
   * Answers calls of a method instead of the built-in handler. The types are those of the method:
   * what the client sends and what it gets. Roles are checked first.
   *
   * @example
   * ```ts
   * node.on(etcdMethods.status, () => ({ memberStatus: { leader: 1n } }));
   * ```
   */
  on<Kind extends MethodKind, Request, Reply>(
    method: Method<Kind, Request, Reply>,
    handler: Handler<Kind, Request, Reply>,
  ): () => void {
    const { path } = method;
    const handlers = this.machine.state(overrides);
    handlers.set(path, handler as AnyHandler);
    return () => {
      if (handlers.get(path) === handler) handlers.delete(path);
    };
  }

  /** Fails calls with a status; nothing runs. */
  fail(method: AnyMethod | 'any', status: StatusName, options: FailOptions = {}): () => void {
    checkFault('fail', method, options);
    const { message = `simulated ${status}`, times: _, ...rest } = options;
    return this.machine.faults.add(
      method,
      { kind: 'status', status, message, options: rest },
      options,
    );
  }

  /** Serves calls `ms` milliseconds late, on the clock of the cluster. */
  delay(method: AnyMethod | 'any', ms: number, options: FaultOptions = {}): () => void {
    checkFault('delay', method, options);
    return this.machine.faults.add(method, { kind: 'delay', ms }, options);
  }

  /** Takes calls and never answers them; nothing runs. */
  stall(method: AnyMethod | 'any', options: FaultOptions = {}): () => void {
    checkFault('stall', method, options);
    return this.machine.faults.add(method, { kind: 'stall' }, options);
  }

  /**
   * Tears the connection of calls down: before or after the action ran, or within the replies. Over
   * TLS the whole connection goes, with the other calls on it. Calls that another node passed on end
   * with the status that node makes of it.
   *
   * A call without any reply that may be made twice, as one that only reads, is made again by the
   * client over another connection: leave `times` out to have it fail.
   */
  drop(method: AnyMethod | 'any', options: DropOptions = {}): () => void {
    checkFault('drop', method, options);
    const { when = 'after' } = options;
    return this.machine.faults.add(
      method,
      typeof when === 'object'
        ? { kind: 'drop-within', afterReplies: when.replies }
        : { kind: `drop-${when}` },
      options,
    );
  }

  /**
   * Has the node die once the action of a call ran: its power is gone before the reply. The client
   * sees what it would see if nothing had run. `powerOn` turns the node on again, with what it had
   * on its disks.
   */
  dieAfter(method: AnyMethod | 'any', options: FaultOptions = { times: 1 }): () => void {
    checkFault('dieAfter', method, options);
    return this.machine.faults.add(method, { kind: 'crash-after' }, options);
  }

  /**
   * Cuts the call alone off, with an HTTP/2 RST_STREAM: in the place of its first reply, or after
   * some. The action ran, but for `REFUSED_STREAM` in the place of the first reply: that says that
   * nothing ran, and clients make the call again.
   */
  reset(method: AnyMethod | 'any', options: ResetOptions = {}): () => void {
    checkFault('reset', method, options);
    const { replies = 0, code = 'INTERNAL_ERROR' } = options;
    return this.machine.faults.add(method, { kind: 'reset', afterReplies: replies, code }, options);
  }

  /** Cuts a reply short inside its frame: the first one, or that after `replies` whole ones. */
  truncate(method: AnyMethod | 'any', options: CutOptions = {}): () => void {
    checkFault('truncate', method, options);
    const { replies = 0 } = options;
    return this.machine.faults.add(method, { kind: 'truncate', afterReplies: replies }, options);
  }

  /** Reads what callers send slowly: `ms` milliseconds for each message. */
  readSlowly(method: AnyMethod | 'any', ms: number, options: FaultOptions = {}): () => void {
    checkFault('readSlowly', method, options);
    return this.machine.faults.add(method, { kind: 'slow-reader', ms }, options);
  }

  /** Takes all faults and handlers of tests back, and connects the node again. */
  restore(): void {
    this.machine.faults.clear();
    this.machine.state(overrides).clear();
    this.machine.setPort('open');
    this.machine.setCertificateFlaw(undefined);
    this.connect();
  }

  /**
   * Refuses connections from now on, or takes them and stays silent. Connections that are open
   * stay; `disconnect` ends those too. Ended with `restore` or `listen`.
   */
  refuse(how: 'refused' | 'silent' = 'refused'): void {
    this.machine.setPort(how);
  }

  /** Takes connections again. */
  listen(): void {
    this.machine.setPort('open');
  }

  /** Shows a certificate with a flaw to who connects from now on; without one, a good one again. */
  useCertificate(flaw?: CertificateFlaw): void {
    this.machine.setCertificateFlaw(flaw);
  }

  /** Has the node issue a new certificate now, as it does every 12 hours. Connections stay. */
  renewCertificate(): void {
    this.#sockets.ports.of(this.machine).certificate.renew();
  }

  /**
   * Asks clients to connect anew with an HTTP/2 GOAWAY: calls in progress may end first. With
   * `tooManyPings`, hangs up on them as on clients that ping too often.
   *
   * @throws {RangeError} when the cluster has no sockets.
   */
  goAway(options: GoAwayOptions = {}): void {
    checkOptions(options, goAwayShape, 'goAway');
    this.#sockets.ports.of(this.machine).goAway(options.tooManyPings);
  }

  /** Cuts the node off: neither clients nor other nodes reach it. It keeps running. */
  disconnect(): void {
    this.machine.cluster.network.isolate(this.address);
    this.machine.dropConnections();
  }

  /** Ends what `disconnect` did. */
  connect(): void {
    this.machine.cluster.network.connect(this.address);
  }

  /** Cuts the power: no sequence runs, and what was in memory is gone. */
  kill(): void {
    this.machine.halt('crash');
  }

  /** Turns the node on again; it boots. */
  powerOn(): void {
    this.machine.boot();
  }

  /** What `JSON.stringify` shows: which node it is and what it does, and no key. */
  toJSON(): object {
    const { name, address, type, stage, talosVersion } = this;
    return { name, address, type, stage, talosVersion };
  }

  /** What `console.log` shows: the same. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return printed(this, options);
  }
}
