import { type EtcdMember, type EtcdMemberStatus, etcd } from '../../../generated/features/etcd.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Target } from '../../runtime/target.js';
import { attempt } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';
import { otherNode } from '../run/other-node.js';
import { poll } from '../run/poll.js';
import { rpcError } from '../run/refusals.js';
import { hostOf } from './host-of.js';

const ATTEMPT_MS = 15_000;
const EVERY_MS = 3_000;

/** How long a member may take to be back and in sync. */
const SYNC_MS = 900_000;

/** The member of a node, when the others were found able to go on without it. */
export interface GuardedMember {
  readonly memberId: bigint;
  /** Whether it leads, and another could. */
  readonly leads: boolean;
  /** How far the cluster was: the member has to come here again. */
  readonly raftIndex: bigint;
}

/**
 * Checks that etcd goes on while a node is down: no member has an alarm, all the others answer and have
 * a leader, and they are enough. A cluster of one member is let pass, since it has no others. Gives
 * nothing for a node without etcd.
 *
 * @throws {TalosOperationError} naming the members and what is wrong with them
 */
export async function checkEtcdWithout<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<GuardedMember | undefined> {
  const own = await readStatus(operation, node).catch((error: unknown) => {
    // Workers answer so.
    if (rpcError(error)?.status === 'unimplemented') return undefined;
    throw error;
  });
  if (own === undefined) return undefined;
  const [{ members }, { memberAlarms }] = await attempt(operation, ATTEMPT_MS, (call) =>
    Promise.all([etcd(node).memberList({}, call), etcd(node).alarmList({}, call)]),
  );
  const others = members.filter(({ id }) => id !== own.memberId);
  const problems = memberAlarms.map(({ memberId, alarm }) => {
    return `${nameOf(members.find(({ id }) => id === memberId))} has the alarm ${alarm}`;
  });
  const statuses = await Promise.all(
    others.map(async (member) => {
      try {
        const status = await readStatus(operation, otherNode(node, addressOf(member)));
        const problem = problemOf(status);
        if (problem !== undefined) problems.push(`${nameOf(member)} ${problem}`);
        return status;
      } catch (error) {
        operation.signal.throwIfAborted();
        const text = messageOf(error);
        problems.push(`${nameOf(member)} does not answer: ${text}`);
        return undefined;
      }
    }),
  );
  const voters = members.filter(({ isLearner }) => !isLearner).length;
  const left = others.filter(({ isLearner }) => !isLearner).length;
  const needed = Math.floor(voters / 2) + 1;
  if (others.length > 0 && left < needed) {
    problems.push(`of ${voters} members ${needed} are needed, and ${left} would be left`);
  }
  if (problems.length > 0) {
    throw operation.failure(`etcd would not go on without the node: ${problems.join('; ')}`, {
      node: node.address,
      hint: 'make etcd healthy first',
    });
  }
  const indices = [own, ...statuses].map((status) => status?.raftIndex ?? 0n);
  return {
    memberId: own.memberId,
    leads: own.leader === own.memberId && left > 0,
    raftIndex: indices.reduce((most, index) => (index > most ? index : most), 0n),
  };
}

/**
 * Has another member lead, so that etcd need not notice first that its leader is gone. That it does not
 * work is told and stops nothing.
 */
export async function forfeitLeadership<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<void> {
  try {
    await attempt(operation, ATTEMPT_MS, (call) =>
      etcd(node).forfeitLeadership({}, { ...call, retry: false }),
    );
  } catch (error) {
    operation.signal.throwIfAborted();
    const text = messageOf(error);
    operation.tell({ type: 'note', text: `etcd keeps its leader: ${text}` });
  }
}

/** Waits until the member of a node is back, healthy, and where the cluster was when it went. */
export function untilEtcdInSync<Step extends string>(
  operation: Operation<Step>,
  node: Target,
  { memberId, raftIndex }: GuardedMember,
): Promise<void> {
  const wait = { what: 'etcd to be in sync', node: node.address, everyMs: EVERY_MS };
  return operation.within(SYNC_MS, () =>
    poll(operation, { ...wait, attemptMs: ATTEMPT_MS }, async () => {
      const status = await readStatus(operation, node);
      const problem = problemOf(status);
      if (problem !== undefined) return { missing: `its member ${problem}` };
      if (status.memberId !== memberId) return { missing: 'it has another member' };
      if (status.raftAppliedIndex >= raftIndex) return { found: undefined };
      return { missing: `its member is at ${status.raftAppliedIndex} of ${raftIndex}` };
    }),
  );
}

function readStatus<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<EtcdMemberStatus> {
  return attempt(operation, ATTEMPT_MS, async (call) => {
    const { memberStatus } = await etcd(node).status({}, call);
    if (memberStatus === undefined) throw new Error('a reply without a status');
    return memberStatus;
  });
}

function problemOf({ errors, isLearner, leader }: EtcdMemberStatus): string | undefined {
  if (errors.length > 0) return `says: ${errors.join(', ')}`;
  if (leader === 0n) return 'has no leader';
  return isLearner ? 'is a learner yet' : undefined;
}

function nameOf(member: EtcdMember | undefined): string {
  if (member === undefined) return 'an unknown member';
  return member.hostname === '' ? `member ${member.id.toString(16)}` : member.hostname;
}

/** Where a member is reached: etcd knows it by the address of its node. */
function addressOf({ clientUrls, peerUrls, hostname }: EtcdMember): string {
  const [url] = [...clientUrls, ...peerUrls];
  return hostOf(url) ?? hostname;
}
