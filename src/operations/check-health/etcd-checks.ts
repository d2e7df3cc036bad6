import { type EtcdMember, etcd as etcdOf } from '../../../generated/features/etcd.js';
import { hostOf } from '../etcd/host-of.js';
import {
  controlPlanes,
  type HealthCall,
  type HealthCheck,
  type HealthNode,
  type HealthSubject,
  type NodeHealth,
  onEach,
} from './check.js';
import { serviceProblem } from './talos-checks.js';

export const etcd: HealthCheck = {
  name: 'etcd',
  what: 'etcd to be healthy',
  look: (subject, call) =>
    onEach(controlPlanes(subject), call, (node, options) => serviceProblem(node, 'etcd', options)),
};

export const etcdMembers: HealthCheck = {
  name: 'etcd members',
  what: 'all control planes to know the same members of etcd',
  async look(subject, call) {
    const lists = new Map<string, readonly EtcdMember[]>();
    const health = await eachList(subject, call, ({ address }, members) => {
      lists.set(address, members);
      return undefined;
    });
    const texts = health
      .map(({ node = '' }) => lists.get(node))
      .map((list) => list && textOf(list));
    const expected = mostFrequent(texts.filter((text) => text !== undefined));
    return health.map(({ node, problem }, index): NodeHealth => {
      const text = texts[index];
      if (text === undefined || text === expected) return { node, problem };
      return { node, problem: `it knows ${text}; others know ${expected}` };
    });
  },
};

export const etcdNodes: HealthCheck = {
  name: 'etcd nodes',
  what: 'all members of etcd to be control planes',
  look(subject, call) {
    const addresses = new Set(controlPlanes(subject).flatMap((node) => node.addresses));
    return eachList(subject, call, (_, members) => {
      const strange = members.filter(
        ({ peerUrls }) => !peerUrls.some((url) => isOn(url, addresses)),
      );
      if (strange.length === 0) return undefined;
      return `${textOf(strange)} is on no control plane that is known`;
    });
  },
};

function eachList(
  subject: HealthSubject,
  call: HealthCall,
  judge: (node: HealthNode, members: readonly EtcdMember[]) => string | undefined,
): Promise<readonly NodeHealth[]> {
  return onEach(controlPlanes(subject), call, async (node, options) => {
    const { members } = await etcdOf(node.target).memberList({}, options);
    return judge(node, members);
  });
}

/** What most say; of several, what was said first. */
function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most?.[0];
}

/** Members for people, the same for the same members. */
function textOf(members: readonly EtcdMember[]): string {
  const texts = members.map(({ id, hostname, isLearner }) => {
    return `${hostname} ${id.toString(16).padStart(16, '0')}${isLearner ? ' (learner)' : ''}`;
  });
  return texts.length === 0 ? 'no members' : texts.sort().join(', ');
}

function isOn(url: string, addresses: ReadonlySet<string>): boolean {
  const host = hostOf(url);
  return host !== undefined && addresses.has(host);
}
