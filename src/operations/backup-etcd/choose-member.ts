import { type EtcdMemberStatus, etcd } from '../../../generated/features/etcd.js';
import type { Target } from '../../runtime/target.js';
import { hostOf } from '../etcd/host-of.js';
import type { Operation } from '../run/operation.js';
import { otherNode } from '../run/other-node.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { BackupEtcdStep } from './step.js';

/** A node to take a snapshot from. */
export interface Source {
  readonly node: Target;
  /** What its member says of itself; absent where it did not, or may not be asked. */
  readonly status: EtcdMemberStatus | undefined;
}

/** How long a member has to say how it is. */
const STATUS_MS = 5_000;

/**
 * The nodes to take a snapshot from, best first: a follower that is up to date, since a snapshot costs
 * the leader time that all members wait for; then other followers, the leader, and members that say
 * nothing. A named node is the only one. The list is that of the members of etcd: it needs no discovery,
 * and who may only take backups may read it.
 */
export async function chooseMember(
  operation: Operation<BackupEtcdStep>,
  target: Target,
): Promise<readonly Source[]> {
  const { signal } = operation;
  if (target.address !== undefined) return [await sourceOf(target, signal)];
  const options = {
    what: 'the members of etcd',
    everyMs: 2_000,
    attemptMs: 10_000,
    isFinal: isRefusal,
  };
  const members = await poll(operation, options, async (attempt) => {
    const list = await etcd(target).memberList({}, attempt);
    return { found: list.members };
  });
  const nodes = members.flatMap((member) => {
    const host = member.isLearner ? undefined : hostOf(member.peerUrls[0]);
    return host === undefined ? [] : otherNode(target, host);
  });
  const sources = await Promise.all(nodes.map((node) => sourceOf(node, signal)));
  return sources.sort((one, other) => rank(one) - rank(other) || newer(one, other));
}

async function sourceOf(node: Target, signal: AbortSignal): Promise<Source> {
  try {
    const { memberStatus } = await etcd(node).status({}, { signal, timeoutMs: STATUS_MS });
    return { node, status: memberStatus };
  } catch {
    signal.throwIfAborted();
    return { node, status: undefined };
  }
}

function rank({ status }: Source): number {
  if (status === undefined) return 3;
  if (status.errors.length > 0) return 2;
  return status.leader === status.memberId ? 1 : 0;
}

function newer(one: Source, other: Source): number {
  const [mine, theirs] = [one, other].map(({ status }) => status?.raftAppliedIndex ?? 0n);
  return Number((theirs ?? 0n) - (mine ?? 0n));
}
