import type { Cluster, Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { Downgrade } from './downgrade.js';
import { EtcdError } from './errors.js';
import type { EtcdMember } from './member.js';
import { checkRemoval, Peers, votersOf } from './peers.js';
import { type LogPosition, RaftLog } from './raft.js';
import { type EtcdMinor, etcdVersion, minorOf } from './versions.js';

/** What an alarm of etcd says: its quota is used up, or its data are damaged. */
export type EtcdAlarmType = 'NOSPACE' | 'CORRUPT';

/** An alarm that a member raised. */
export interface RaisedAlarm {
  readonly memberId: bigint;
  readonly alarm: EtcdAlarmType;
}

/** The cluster as one member sees it. */
export interface EtcdView {
  /** Who leads, as far as it knows. */
  readonly leader: bigint | undefined;
  readonly term: bigint;
  readonly position: LogPosition;
  /** In the order of their ids. */
  readonly members: readonly EtcdMember[];
  readonly alarms: readonly RaisedAlarm[];
}

/** How an etcd cluster begins. */
export interface EtcdOptions {
  /** Distinguishes it from others of the same simulation. */
  readonly name: string;
  /** Its first members. */
  readonly founders: readonly Machine[];
  /**
   * Since when its members run, in milliseconds since 1970; absent when their processes are still
   * to be started.
   */
  readonly since?: number;
  /** What its database has; a restored cluster goes on from what it had. */
  readonly database?: { readonly lineage: bigint; readonly revision: bigint };
}

/** Revisions of a cluster on which Kubernetes has been set up. */
const FIRST_REVISION = 2400n;
/** Terms and entries before the first write. */
const FIRST_TERM = 2n;
const FIRST_INDEX = 12n;

/**
 * One etcd cluster: its members, who leads them, and what they agreed on. Members that run and
 * reach a majority of the voters elect a leader; the others keep what they knew last. Notifies
 * `etcd` on all nodes.
 */
export class Etcd {
  readonly lineage: bigint;
  readonly downgrade: Downgrade;
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #log: RaftLog;
  readonly #peers: Peers;
  /** What members knew when they lost the others. */
  readonly #lost = new Map<bigint, EtcdView>();
  /** Members that were told that they are none any more. */
  readonly #expelled = new Set<bigint>();
  #connected: ReadonlySet<bigint> = new Set();
  #members: readonly EtcdMember[];
  #alarms: readonly RaisedAlarm[] = [];
  #leader: bigint | undefined;
  #term = FIRST_TERM;
  #added = 0;

  constructor(cluster: Cluster, options: EtcdOptions) {
    const { name, founders, since, database } = options;
    this.#cluster = cluster;
    this.#random = cluster.random.fork(`etcd/${name}`);
    this.lineage = database?.lineage ?? this.#random.fork('lineage').uint64();
    this.downgrade = new Downgrade(
      cluster.clock,
      () => this.#oldestRelease(),
      () => this.#changed(),
    );
    this.#peers = new Peers(cluster.network);
    this.#log = new RaftLog(cluster.clock, {
      index: FIRST_INDEX + (database === undefined ? FIRST_REVISION : 0n),
      revision: database?.revision ?? FIRST_REVISION,
    });
    this.#members = founders
      .map((machine) => ({ ...this.#newMember(machine), name: machine.name, isLearner: false }))
      .sort(byId);
    if (since !== undefined) {
      for (const { id, machine } of this.#members) this.#peers.start(id, machine);
      this.#leader = this.#members.find(({ machine }) => machine === founders[0])?.id;
      this.#connected = new Set(this.#members.map(({ id }) => id));
      this.#log.setMoving(true, since);
    }
    cluster.network.onChange(() => this.#settle());
  }

  /** The members that the majority agreed on. */
  get members(): readonly EtcdMember[] {
    return this.#members;
  }

  find(id: bigint): EtcdMember | undefined {
    return this.#members.find((member) => member.id === id);
  }

  /** The member on a node. */
  memberOn(machine: Machine): EtcdMember | undefined {
    return this.#members.find((member) => member.machine === machine);
  }

  /** Whether a member runs and is in touch with a leader. */
  isConnected(id: bigint): boolean {
    return this.#connected.has(id);
  }

  /** Whether the process of a member runs. */
  isRunning(id: bigint): boolean {
    return this.#peers.isRunning(id);
  }

  isLeader(id: bigint): boolean {
    return this.#leader === id;
  }

  /** Whether a member was told that it was removed. */
  isExpelled(id: bigint): boolean {
    return this.#expelled.has(id);
  }

  /** The cluster as a member sees it. */
  viewOf(id: bigint): EtcdView {
    if (this.isConnected(id)) return this.#view(this.#leader);
    return this.#lost.get(id) ?? this.#view(undefined);
  }

  /** A member's process runs. */
  up(id: bigint): void {
    const member = this.find(id);
    if (member === undefined) {
      this.#expelled.add(id);
      return;
    }
    if (this.isRunning(id)) return;
    this.#peers.start(id, member.machine);
    this.#replace({ ...member, name: member.machine.name });
    this.#settle();
    this.#changed();
  }

  /** A member's process has ended. */
  down(id: bigint): void {
    if (!this.#peers.stop(id)) return;
    this.#settle();
    this.#changed();
  }

  /** Whether a node could be added now: all voters are there, and nobody else is being added. */
  canAdd(machine: Machine): boolean {
    const others = this.#members.filter((member) => member.machine !== machine);
    return (
      this.#peers.reachedFrom(machine).some((id) => this.isConnected(id)) &&
      others.every(({ id, isLearner }) => !isLearner && this.isConnected(id))
    );
  }

  /** Adds the node as a learner that has not run yet; gives the id of its member. */
  add(machine: Machine): bigint {
    const former = this.memberOn(machine);
    if (former !== undefined) this.#drop(former.id);
    const member = this.#newMember(machine);
    this.#log.append();
    this.#members = [...this.#members, member].sort(byId);
    // Nobody is told before the node knows its own id: it does that.
    return member.id;
  }

  /** Gives a learner its vote. */
  promote(id: bigint): void {
    const member = this.find(id);
    if (member?.isLearner !== true || !this.isConnected(id)) return;
    this.#log.append();
    this.#replace({ ...member, isLearner: false });
    this.#settle();
    this.#changed();
  }

  /**
   * Takes a member out, if the others can do without it.
   *
   * @throws {EtcdError}
   */
  remove(id: bigint): void {
    const member = this.find(id);
    if (member === undefined) throw new EtcdError('memberNotFound');
    checkRemoval(member, this.#members, (other) => this.isConnected(other));
    this.#drop(id);
    this.#settle();
    this.#changed();
  }

  /**
   * Makes another member the leader.
   *
   * @throws {EtcdError} when it has no vote, or does not answer.
   */
  moveLeader(to: bigint): void {
    if (this.find(to)?.isLearner !== false) throw new EtcdError('badTransferee');
    if (!this.isConnected(to)) throw new EtcdError('leaderTransfer');
    this.#elect(to);
    this.#changed();
  }

  /** Raises an alarm of a member, if it is not raised. */
  raise(memberId: bigint, alarm: EtcdAlarmType): void {
    if (this.#alarms.some((raised) => raised.memberId === memberId && raised.alarm === alarm)) {
      return;
    }
    this.#setAlarms([...this.#alarms, { memberId, alarm }]);
    this.#changed();
  }

  /** Takes all alarms back; gives those there were. */
  disarm(): readonly RaisedAlarm[] {
    const alarms = this.#alarms;
    if (alarms.length > 0) {
      this.#setAlarms([]);
      this.#changed();
    }
    return alarms;
  }

  #setAlarms(alarms: readonly RaisedAlarm[]): void {
    this.#alarms = alarms;
    this.#log.append();
    // Nothing is written while space is short, nor to damaged data.
    this.#log.setWritable(alarms.length === 0);
  }

  #view(leader: bigint | undefined): EtcdView {
    return {
      leader,
      term: this.#term,
      position: this.#log.position,
      members: this.#members,
      alarms: this.#alarms,
    };
  }

  #newMember(machine: Machine): EtcdMember {
    this.#added += 1;
    const id = this.#random.fork(`member/${machine.index}/${this.#added}`).uint64();
    return { id, machine, name: '', isLearner: true };
  }

  #replace(member: EtcdMember): void {
    this.#members = this.#members.map((other) => (other.id === member.id ? member : other));
  }

  #drop(id: bigint): void {
    this.#log.append();
    this.#members = this.#members.filter((member) => member.id !== id);
    const alarms = this.#alarms.filter(({ memberId }) => memberId !== id);
    if (alarms.length < this.#alarms.length) this.#setAlarms(alarms);
  }

  /** Finds out who leads and who is in touch, after anything has changed about that. */
  #settle(): void {
    const before = this.#view(undefined);
    const wasConnected = this.#connected;
    const leader = this.#nextLeader();
    if (leader === undefined) this.#leader = undefined;
    else if (leader !== this.#leader) this.#elect(leader);
    const reached = leader === undefined ? [] : this.#peers.reachedBy(leader);
    const following = new Set(reached.filter((id) => this.find(id) !== undefined));
    const expelled = reached.filter((id) => !following.has(id));
    for (const id of wasConnected) if (!following.has(id)) this.#lost.set(id, before);
    for (const id of following) this.#lost.delete(id);
    this.#connected = following;
    this.#log.setMoving(leader !== undefined);
    for (const id of expelled) {
      this.#peers.stop(id);
      this.#expelled.add(id);
    }
    const same =
      following.size === wasConnected.size && [...following].every((id) => wasConnected.has(id));
    if (!same || expelled.length > 0) this.#changed();
  }

  /** The leader there is, while it has a majority; else one that can have it. */
  #nextLeader(): bigint | undefined {
    const able = this.#peers.electable(votersOf(this.#members));
    const leader = able.find((id) => id === this.#leader);
    if (leader !== undefined || able.length === 0) return leader;
    return this.#random.fork(`election/${this.#term}`).pick(able);
  }

  #elect(leader: bigint): void {
    this.#leader = leader;
    this.#term += 1n;
    this.#log.append();
  }

  /** The cluster speaks the version of its oldest member. */
  #oldestRelease(): EtcdMinor {
    const releases = this.#members.map(({ machine }) => minorOf(etcdVersion(machine.talosVersion)));
    return releases.reduce((a, b) => (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? a : b));
  }

  #changed(): void {
    this.#cluster.notify('etcd');
  }
}

function byId(a: EtcdMember, b: EtcdMember): number {
  return a.id < b.id ? -1 : 1;
}
