import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { services } from '../services/services.js';
import { etcdClusters } from './clusters.js';
import { EtcdError, etcdErrors } from './errors.js';
import type { Etcd, EtcdAlarmType, EtcdView } from './etcd.js';
import type { EtcdMember } from './member.js';
import { MemberDatabase } from './member-database.js';
import { restoredFrom, type UploadedSnapshot } from './upload.js';
import { etcdVersion } from './versions.js';

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

/**
 * The etcd member of a node: its data directory, and its process as far as the service runs it.
 */
export class EtcdNode {
  readonly #machine: Machine;
  readonly #database: MemberDatabase;
  /** What the data directory says; absent while it is empty. */
  #data: EtcdMembership | undefined;
  #bootstrap: EtcdBootstrap | undefined;
  #isUp = false;
  #isDefragmenting = false;
  #crashedFor: bigint | undefined;
  #promotion: Play | undefined;
  /** The snapshot in /var/lib, for a bootstrap that recovers. */
  upload: UploadedSnapshot | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#database = new MemberDatabase(machine.cluster.clock);
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

  /** The id of the member; absent while its data directory is empty. */
  get memberId(): bigint | undefined {
    return this.#data?.id;
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
    const { etcd, id } = this.#required();
    etcd.raise(id, alarm);
  }

  /** Takes the alarms of all members back. */
  disarmAlarms(): void {
    this.#data?.etcd.disarm();
  }

  /** What the member says of itself; its view of the cluster, too. */
  status() {
    const { etcd, id } = this.#required();
    const view = etcd.viewOf(id);
    return {
      memberId: id,
      protocolVersion: etcdVersion(this.#machine.talosVersion),
      ...this.#database.facts(etcd, id),
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
    return this.#database.snapshot(etcd, id);
  }

  /** Writes the database anew, without free pages. The member does not answer meanwhile. */
  *defragmenting(): Script {
    this.#isDefragmenting = true;
    try {
      yield DEFRAGMENT_MS;
      this.#database.rewrite();
    } finally {
      this.#isDefragmenting = false;
      this.#machine.notify('etcd');
    }
  }

  #required(): EtcdMembership {
    if (this.#data === undefined) throw new Error('etcd has no data on this node');
    return this.#data;
  }

  #begin(etcd: Etcd, id: bigint): void {
    this.#data = { etcd, id };
    this.#database.rewrite();
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
    if (data === undefined || this.#crashedFor === data.id) return;
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

/** The same, as a topic. */
export const etcdNode = defineTopic({
  name: 'etcd-node',
  lifetime: 'always',
  create: (machine: Machine) => new EtcdNode(machine),
});
