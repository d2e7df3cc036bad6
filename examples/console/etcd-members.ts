import type { NodeSet } from 'talos-client';
import { type EtcdMember, type EtcdMemberStatus, etcd } from 'talos-client/etcd';
import type { EtcdMemberView, EtcdView } from './protocol.js';
import { reasonOf } from './reason.js';

/** How long a control plane may take to tell of its member. */
const ANSWER_MS = 5_000;

/** Asks all control planes for their members: each tells of itself, and the list is that of any. */
export async function readEtcd(controlPlanes: NodeSet, signal: AbortSignal): Promise<EtcdView> {
  const results = await controlPlanes.each(
    async (node) => {
      const call = { timeoutMs: ANSWER_MS };
      const [list, status] = await Promise.all([
        // What the member itself knows: the others may be gone.
        etcd(node).memberList({ queryLocal: true }, call),
        etcd(node).status({}, call),
      ]);
      return { members: list.members, status: status.memberStatus };
    },
    { signal },
  );
  const answers = results.flatMap((result) => (result.ok ? [result.value] : []));
  const [first] = answers;
  if (first === undefined) {
    const [failure] = results.flatMap((result) => (result.ok ? [] : [result.error]));
    return { members: [], problem: `no member answers: ${reasonOf(failure)}` };
  }
  const statuses = new Map(answers.map(({ status }) => [status?.memberId, status]));
  const members = first.members
    .map((member) => memberView(member, statuses.get(member.id)))
    .sort((one, other) => one.name.localeCompare(other.name));
  return { members, problem: problemOf(answers.flatMap(({ status }) => status ?? [])) };
}

/** What the members say of each other does not have to fit. */
function problemOf(statuses: readonly EtcdMemberStatus[]): string | undefined {
  const leaders = new Set(statuses.map(({ leader }) => leader));
  if (leaders.has(0n)) return 'a member knows of no leader';
  return leaders.size > 1 ? 'the members do not agree on a leader' : undefined;
}

function memberView(
  { id, hostname: name, isLearner }: EtcdMember,
  status: EtcdMemberStatus | undefined,
): EtcdMemberView {
  const shown = { name, id: id.toString(16).padStart(16, '0') };
  if (status === undefined) return { ...shown, role: 'silent', errors: [] };
  const votes = status.leader === id ? 'leader' : 'follower';
  return {
    ...shown,
    role: isLearner ? 'learner' : votes,
    raftTerm: String(status.raftTerm),
    raftIndex: String(status.raftIndex),
    dbSize: Number(status.dbSize),
    errors: status.errors,
  };
}
