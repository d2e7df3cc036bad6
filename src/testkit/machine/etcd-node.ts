import { etcdClusters } from '../etcd/clusters.js';
import { freePages, sizeOf } from '../etcd/database.js';
import { EtcdError, etcdErrors } from '../etcd/errors.js';
import type { Etcd, EtcdAlarmType, EtcdView } from '../etcd/etcd.js';
import type { EtcdMember } from '../etcd/member.js';
import { snapshotOf } from '../etcd/snapshot.js';
import { restoredFrom, type UploadedSnapshot } from '../etcd/upload.js';
import { etcdVersion, minorText } from '../etcd/versions.js';
import { ServerStatus } from '../status.js';
import { defineTopic } from '../topic.js';
import type { Machine } from './machine.js';
import { Play, type Script } from './script.js';
import { services } from './services/services.js';

/** How etcd is started for the first time. */
export interface EtcdBootstrap {
  /** Whether from the snapshot that was uploaded before. */
  readonly recover: boolean;
  /** Whether to take a snapshot without a digest. */
  readonly skipHashCheck: boolean;
}

/** Which member of which etcd cluster. */
export interface EtcdMembership {
  readonly etcd: Etcd;
  readonly id: bigint;
}

/** How long a member receives the data before it gets its vote. */
const PROMOTE_MS = 150;
/** How long a member does not answer while it writes its database anew. */
const DEFRAGMENT_MS = 50;
/** How long a node tries to leave while the others are not all there, and how often. */
const LEAVE_MS = 300_000;
const LEAVE_RETRY_MS = 10_000;

/**
 * The etcd member of a node: its data directory, and its process as far as the service runs it.
 */
export class EtcdNode {
  readonly #machine: Machine;
  /** What the data directory says; absent while it is empty. */
  #data: EtcdMembership | undefined;
  #bootstrap: EtcdBootstrap | undefined;
  #isUp = false;
  #isLeaving = false;
  #isDefragmenting = false;
  #crashedFor: bigint | undefined;
  #defragmentedAt: number;
  #promotion: Play | undefined;
  /** The snapshot in /var/lib, for a bootstrap that recovers. */
  upload: UploadedSnapshot | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#defragmentedAt = machine.cluster.clock.now() - 3_600_000;
    const { initial } = machine.cluster.state(etcdClusters);
    const member = initial?.memberOn(machine);
    if (initial !== undefined && member !== undefined) {
      this.#data = { etcd: initial, id: member.id };
    }
    machine.onChange((topic) => {
      if (topic === 'services' || topic === 'machine') this.#followService();
      else if (topic === 'etcd') this.#followEtcd();
    });
  }

  /** Whether its data directory holds something. */
  get hasData(): boolean {
    return this.#data !== undefined;
  }

  /** Which member it is; absent while its data directory is empty. */
  get membership(): EtcdMembership | undefined {
    return this.#data;
  }

  /** The member, as the cluster knows it; absent when it is none, or none any more. */
  get member(): EtcdMember | undefined {
    return this.#data?.etcd.find(this.#data.id);
  }

  /** The member, if its process runs and takes requests. */
  get serving(): EtcdMembership | undefined {
    const data = this.#data;
    return data?.etcd.isRunning(data.id) === true && !this.#isDefragmenting ? data : undefined;
  }

  /**
   * Makes the data directory ready, so that the service may start: a member that is there, a new
   * cluster after a bootstrap, or a place in a cluster that others have. Gives whether it is.
   *
   * @throws {Error} when a snapshot cannot be restored.
   */
  prepare(): boolean {
    if (this.#data !== undefined) return true;
    const machine = this.#machine;
    const bootstrap = this.#bootstrap;
    if (bootstrap !== undefined) {
      this.#bootstrap = undefined;
      const database = bootstrap.recover
        ? restoredFrom(this.upload, bootstrap.skipHashCheck)
        : undefined;
      this.upload = undefined;
      const etcd = machine.cluster.state(etcdClusters).bootstrap(machine, database);
      this.#begin(etcd, etcd.memberOn(machine)?.id ?? 0n);
      return true;
    }
    const etcd = this.#joinable();
    if (etcd === undefined) return false;
    this.#begin(etcd, etcd.add(machine));
    return true;
  }

  /** The service starts. */
  start(): void {
    const data = this.#data;
    if (data === undefined) return;
    this.#isLeaving = false;
    data.etcd.up(data.id);
    if (this.member?.isLearner !== true) return;
    this.#promotion?.cancel();
    this.#promotion = new Play(this.#machine, promoting(data));
    this.#promotion.begin();
  }

  /**
   * Has the service start again as a cluster of one with this node.
   *
   * @throws {ServerStatus} when there is data already.
   */
  bootstrap(options: EtcdBootstrap): void {
    if (this.hasData) {
      throw new ServerStatus('already-exists', 'etcd data directory is not empty');
    }
    this.#bootstrap = options;
    this.#machine.state(services).restartService('etcd');
  }

  /**
   * Leaves the cluster, ends the service and removes the data. Waits for members that are missing.
   *
   * @throws {EtcdError} when the others cannot do without it.
   */
  *leaving(): Script {
    const data = this.#data;
    if (data === undefined) return;
    const { clock } = this.#machine;
    const until = clock.now() + LEAVE_MS;
    this.#isLeaving = true;
    try {
      while (!this.#remove(data.id)) {
        if (clock.now() >= until) throw new EtcdError('unhealthy');
        yield LEAVE_RETRY_MS;
      }
      const state = this.#machine.state(services);
      state.stopService('etcd');
      yield () => state.find('etcd')?.isDown !== false;
      this.wipe();
    } finally {
      this.#isLeaving = false;
    }
  }

  /** Removes a member of the cluster; whether that is done, rather than to be tried again. */
  #remove(id: bigint): boolean {
    const etcd = this.linearizable()?.etcd;
    if (etcd === undefined) throw new EtcdError('deadline');
    try {
      etcd.remove(id);
      return true;
    } catch (cause) {
      if (!(cause instanceof EtcdError)) throw cause;
      if (cause.problem === 'unhealthy') return false;
      if (cause.problem === 'memberNotFound') return true;
      throw new EtcdError(cause.problem, `failed to remove member ${id}`);
    }
  }

  /** Removes the data, as a wipe of the disk does. */
  wipe(): void {
    const data = this.#data;
    this.#data = undefined;
    this.upload = undefined;
    this.#promotion?.cancel();
    data?.etcd.down(data.id);
    this.#machine.cluster.notify('etcd');
  }

  /** What its health check finds wrong: a read that needs the majority. Absent when it succeeds. */
  problem(): string | undefined {
    const data = this.#data;
    if (data?.etcd.isConnected(data.id) !== true) return etcdErrors.deadline;
    if (this.member?.isLearner === true) return etcdErrors.learner;
    const { alarms } = data.etcd.viewOf(data.id);
    return alarms.some(({ alarm }) => alarm === 'CORRUPT') ? etcdErrors.corrupt : undefined;
  }

  /** The members that take requests and that the node reaches; its own comes first. */
  reached(): readonly EtcdMembership[] {
    const { cluster, identity, address } = this.#machine;
    const others = cluster.machines.filter(
      (peer) =>
        peer !== this.#machine &&
        peer.type === 'controlplane' &&
        peer.identity?.trust.id === identity?.trust.id &&
        cluster.network.reaches(address, peer.address),
    );
    return [this, ...others.map(etcdOn)].flatMap((node) => {
      const { serving } = node;
      const isVoter = serving?.etcd.find(serving.id)?.isLearner === false;
      return serving !== undefined && isVoter ? serving : [];
    });
  }

  /**
   * A member that the node reaches on some control plane, as a client of all of them finds it; one
   * that knows a leader if there is any.
   *
   * @throws {EtcdError} when the members that answer know no leader.
   */
  linearizable(): EtcdMembership | undefined {
    const reached = this.reached();
    const first = reached.find(({ etcd, id }) => etcd.isConnected(id));
    if (first === undefined && reached.length > 0) throw new EtcdError('noLeader');
    return first;
  }

  /** Raises an alarm of this member, as if its space was used up or its data were damaged. */
  raiseAlarm(alarm: EtcdAlarmType): void {
    this.#data?.etcd.raise(this.#data.id, alarm);
  }

  /** What the member says of itself; its view of the cluster, too. */
  status() {
    const { etcd, id } = this.#required();
    const view = etcd.viewOf(id);
    const { total, inUse } = sizeOf(view.position.revision, this.#age());
    return {
      memberId: id,
      protocolVersion: etcdVersion(this.#machine.talosVersion),
      storageVersion: `${minorText(etcd.downgrade.version)}.0`,
      dbSize: total,
      dbSizeInUse: inUse,
      leader: view.leader ?? 0n,
      raftIndex: view.position.index,
      raftAppliedIndex: view.position.index,
      raftTerm: view.term,
      isLearner: this.member?.isLearner ?? false,
      errors: problemsOf(view),
    };
  }

  /** The database as it is now, page by page, and its digest. */
  snapshot(): Iterable<Uint8Array> {
    const { etcd, id } = this.#required();
    const { position, members, term } = etcd.viewOf(id);
    return snapshotOf({
      lineage: etcd.lineage,
      revision: position.revision,
      index: position.index,
      term,
      members,
      storageVersion: `${minorText(etcd.downgrade.version)}.0`,
      freePages: freePages(position.revision, this.#age()),
    });
  }

  /** Writes the database anew, without free pages. The member does not answer meanwhile. */
  *defragmenting(): Script {
    this.#isDefragmenting = true;
    try {
      yield DEFRAGMENT_MS;
      this.#defragmentedAt = this.#machine.cluster.clock.now();
    } finally {
      this.#isDefragmenting = false;
      this.#machine.notify('etcd');
    }
  }

  #required(): EtcdMembership {
    if (this.#data === undefined) throw new Error('etcd has no data on this node');
    return this.#data;
  }

  #age(): number {
    return this.#machine.cluster.clock.now() - this.#defragmentedAt;
  }

  #begin(etcd: Etcd, id: bigint): void {
    this.#data = { etcd, id };
    this.#defragmentedAt = this.#machine.cluster.clock.now();
    this.#machine.cluster.notify('etcd');
  }

  /** The process runs while the service does. */
  #followService(): void {
    const machine = this.#machine;
    const isUp = machine.isOn && machine.state(services).isRunning('etcd');
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) return;
    this.#promotion?.cancel();
    this.#isDefragmenting = false;
    this.#data?.etcd.down(this.#data.id);
  }

  /** A member that is told of its removal ends. */
  #followEtcd(): void {
    const data = this.#data;
    if (data === undefined || this.#isLeaving || this.#crashedFor === data.id) return;
    if (!this.#isUp || !data.etcd.isExpelled(data.id)) return;
    this.#crashedFor = data.id;
    this.#machine.state(services).crash('etcd');
  }

  /** A cluster that takes the node in now. */
  #joinable(): Etcd | undefined {
    return this.reached().find(({ etcd }) => etcd.canAdd(this.#machine))?.etcd;
  }
}

function* promoting({ etcd, id }: EtcdMembership): Script {
  yield PROMOTE_MS;
  yield () => {
    etcd.promote(id);
    return etcd.find(id)?.isLearner !== true;
  };
}

function problemsOf({ leader, alarms }: EtcdView): string[] {
  return [
    ...(leader === undefined ? [etcdErrors.noLeader] : []),
    ...alarms.map(({ memberId, alarm }) => `memberID:${memberId} alarm:${alarm} `),
  ];
}

/** The etcd member of a node. */
export function etcdOn(machine: Machine): EtcdNode {
  return machine.state(etcdNode);
}

const etcdNode = defineTopic({
  name: 'etcd-node',
  lifetime: 'always',
  create: (machine: Machine) => new EtcdNode(machine),
});
