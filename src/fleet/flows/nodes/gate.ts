import {
  checkEtcdWithout,
  forfeitLeadership,
  untilEtcdInSync,
} from '../../../operations/etcd/guard.js';
import type { NodeWork } from './node-steps.js';

/** The etcd member of a node without which etcd goes on, as it is remembered; nothing for a worker. */
export type RememberedMember = {
  readonly memberId: string;
  readonly leads: boolean;
  readonly raftIndex: string;
} | null;

/**
 * Checks that etcd goes on without the node.
 *
 * @throws {TalosOperationError} when it does not
 */
export async function checkEtcd(
  { node, operation }: NodeWork,
  etcd: 'guard' | 'ignore' = 'guard',
): Promise<RememberedMember> {
  const member = etcd === 'guard' ? await checkEtcdWithout(operation, node) : undefined;
  if (member === undefined) return null;
  const { memberId, leads, raftIndex } = member;
  return { memberId: String(memberId), leads, raftIndex: String(raftIndex) };
}

/** Has another member lead, which stops nothing when it does not work. */
export async function handOver({ node, operation, confirm }: NodeWork): Promise<null> {
  await confirm();
  await forfeitLeadership(operation, node);
  return null;
}

/** Waits until the member of a node has caught up. */
export async function untilInSync(
  { node, operation }: NodeWork,
  { memberId, leads, raftIndex }: Exclude<RememberedMember, null>,
): Promise<null> {
  const member = { memberId: BigInt(memberId), leads, raftIndex: BigInt(raftIndex) };
  await untilEtcdInSync(operation, node, member);
  return null;
}
