import type { Machine } from '../../base/machine.js';

/** One member of an etcd cluster, as the others know it. */
export interface EtcdMember {
  /** All 64 bits are used. */
  readonly id: bigint;
  readonly machine: Machine;
  /** The host name of its node; empty while it was added and has never run. */
  readonly name: string;
  /** Whether it only receives the data, without a vote. */
  readonly isLearner: boolean;
}

/** Whether a member has run, and told its name. */
export function isStarted({ name }: EtcdMember): boolean {
  return name !== '';
}

/** Where members reach it. */
export function peerUrl({ machine }: EtcdMember): string {
  return `https://${machine.address}:2380`;
}

/** Where clients reach it. */
export function clientUrl({ machine }: EtcdMember): string {
  return `https://${machine.address}:2379`;
}

/** The id as etcd prints it: 16 hexadecimal digits. */
export function memberIdText(id: bigint): string {
  return id.toString(16).padStart(16, '0');
}
