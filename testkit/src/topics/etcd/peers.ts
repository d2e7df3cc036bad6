import type { Machine } from '../../base/machine.js';
import type { Network } from '../../base/network.js';
import { EtcdError } from './errors.js';
import { type EtcdMember, isStarted } from './member.js';

/** The members whose processes run, and which of them reach each other. */
export class Peers {
  readonly #network: Network;
  readonly #running = new Map<bigint, Machine>();

  constructor(network: Network) {
    this.#network = network;
  }

  isRunning(id: bigint): boolean {
    return this.#running.has(id);
  }

  start(id: bigint, machine: Machine): void {
    this.#running.set(id, machine);
  }

  /** Whether it ran. */
  stop(id: bigint): boolean {
    return this.#running.delete(id);
  }

  /** Those that a node reaches, by their ids. */
  reachedFrom(machine: Machine): readonly bigint[] {
    return [...this.#running].flatMap(([id, peer]) => (this.#reaches(machine, peer) ? id : []));
  }

  /** Those that a member reaches, itself as well; none while it does not run. */
  reachedBy(id: bigint): readonly bigint[] {
    const machine = this.#running.get(id);
    return machine === undefined ? [] : this.reachedFrom(machine);
  }

  /** The voters that run and reach a majority of all of them: any may lead. */
  electable(voters: readonly EtcdMember[]): readonly bigint[] {
    const ids = new Set(voters.map(({ id }) => id));
    return [...ids].filter((id) => {
      const reached = this.reachedBy(id).filter((other) => ids.has(other));
      return reached.length >= majority(voters.length);
    });
  }

  #reaches(from: Machine, to: Machine): boolean {
    return this.#network.reaches(from.address, to.address);
  }
}

/** How many of `count` decide. */
function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** The members with a vote. */
export function votersOf(members: readonly EtcdMember[]): readonly EtcdMember[] {
  return members.filter(({ isLearner }) => !isLearner);
}

/**
 * Checks whether the others can do without a member.
 *
 * @throws {EtcdError} when they could not agree on anything any more.
 */
export function checkRemoval(
  member: EtcdMember,
  members: readonly EtcdMember[],
  isConnected: (id: bigint) => boolean,
): void {
  if (member.isLearner) return;
  const voters = votersOf(members);
  const others = voters.filter((voter) => voter !== member);
  if (others.filter(isStarted).length < majority(others.length)) {
    throw new EtcdError('notEnoughStarted');
  }
  const active = voters.filter(({ id }) => isConnected(id)).length;
  // One that is down counts for nothing: it may always go.
  if (isConnected(member.id) && active - 1 < majority(others.length)) {
    throw new EtcdError('unhealthy');
  }
}
