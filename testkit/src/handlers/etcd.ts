import type { EtcdMethods } from 'talos-client/etcd';
import type { ServedCall } from '../base/calls/context.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { Play, type Script } from '../base/time/script.js';
import { untilHolds } from '../base/time/until.js';
import { EtcdError } from '../topics/etcd/errors.js';
import type { RaisedAlarm } from '../topics/etcd/etcd.js';
import { leaveEtcd } from '../topics/etcd/etcd-leave.js';
import { type EtcdMembership, type EtcdNode, etcdOn } from '../topics/etcd/etcd-node.js';
import {
  clientUrl,
  type EtcdMember,
  isStarted,
  memberIdText,
  peerUrl,
} from '../topics/etcd/member.js';
import { Upload } from '../topics/etcd/upload.js';
import type { EtcdMinor } from '../topics/etcd/versions.js';
import { services } from '../topics/services/services.js';

/** The oldest release that a cluster can go back to. */
const OLDEST: EtcdMinor = [3, 5];

/**
 * The etcd of the cluster. Most calls ask the member on the node, the rest any member that the node
 * reaches; while there is none they wait, as the client of etcd in Talos does.
 */
export const etcdHandlers: HandlersOf<EtcdMethods> = {
  async memberList(ctx, { queryLocal }) {
    const { etcd, id } = queryLocal ? await linearizableLocal(ctx) : await anyMember(ctx);
    const { members } = etcd.viewOf(id);
    return { legacyMembers: members.map(({ name }) => name), members: members.map(memberInfo) };
  },

  async removeMemberById(ctx, { memberId }) {
    const { etcd } = await anyMember(ctx);
    try {
      etcd.remove(memberId);
    } catch (cause) {
      if (!(cause instanceof EtcdError)) throw cause;
      const text = `failed to remove member ${memberId}: ${cause.message}`;
      if (cause.problem === 'memberNotFound') throw new ServerStatus('not-found', text);
      throw new Error(`failed to remove member: ${text}`);
    }
  },

  async leaveCluster(ctx) {
    await anyMember(ctx);
    await localId(ctx, 'failed to leave cluster: ');
    try {
      await played(ctx, leaveEtcd(ctx.machine));
    } catch (cause) {
      if (!(cause instanceof EtcdError)) throw cause;
      throw new Error(`failed to leave cluster: ${cause.message}`);
    }
  },

  async forfeitLeadership(ctx) {
    const { etcd, id: asked } = await anyMember(ctx);
    const id = await localId(ctx);
    const { members } = etcd.viewOf(asked);
    const doing = 'failed to forfeit leadership';
    if (members.length === 1) {
      throw new Error(`${doing}: cannot forfeit leadership, only one member`);
    }
    const own = members.find((member) => member.id === id);
    if (own === undefined) {
      throw new Error(`${doing}: failed to find "${memberIdText(id)}" in list of etcd members`);
    }
    const other = members.find((member) => member.id !== id);
    if (!etcd.isLeader(id) || other === undefined) return { member: '' };
    named(doing, () => etcd.moveLeader(other.id));
    return { member: other.name };
  },

  async recover({ machine }, chunks) {
    // /var is mounted by the boot before it starts the services.
    if (machine.state(services).find('cri') === undefined) {
      throw new ServerStatus('failed-precondition', 'etcd service is not ready for recovery yet');
    }
    const node = etcdOn(machine);
    node.upload = undefined;
    const upload = new Upload();
    for await (const chunk of chunks) upload.write(chunk);
    node.upload = upload.finish();
  },

  async *snapshot(ctx) {
    yield* (await localNode(ctx)).snapshot();
  },

  async alarmList(ctx) {
    const { etcd, id } = await agreeing(ctx, 'failed to list etcd alarms');
    return { memberAlarms: etcd.viewOf(id).alarms.map(alarmInfo) };
  },

  async alarmDisarm(ctx) {
    const { etcd } = await agreeing(ctx, 'failed to disarm etcd alarm');
    return { memberAlarms: etcd.disarm().map(alarmInfo) };
  },

  async defragment(ctx) {
    const node = await localNode(ctx);
    refuseLearner(node, 'failed to defragment etcd');
    await played(ctx, node.defragmenting());
  },

  async status(ctx) {
    return { memberStatus: (await localNode(ctx)).status() };
  },

  async downgradeValidate(ctx, { version }) {
    const target = downgradeTarget(version);
    const { etcd } = await agreeing(ctx, DOWNGRADE);
    return downgraded(() => etcd.downgrade.validate(target));
  },

  async downgradeEnable(ctx, { version }) {
    const target = downgradeTarget(version);
    const { etcd } = await agreeing(ctx, DOWNGRADE);
    return downgraded(() => etcd.downgrade.enable(target));
  },

  async downgradeCancel(ctx) {
    const { etcd } = await agreeing(ctx, DOWNGRADE);
    return downgraded(() => etcd.downgrade.cancel());
  },
};

/** What Talos says that it was doing when a downgrade fails. */
const DOWNGRADE = 'failed to query etcd status';

/** The member on the node, when it takes requests. */
async function localNode({ machine, signal }: ServedCall): Promise<EtcdNode> {
  const found = etcdOn(machine);
  while (found.serving === undefined) {
    await untilHolds(machine, () => found.serving !== undefined, signal);
  }
  return found;
}

/** The member on the node, for what it answers alone with a leader. */
async function linearizableLocal(ctx: ServedCall): Promise<EtcdMembership> {
  const node = await localNode(ctx);
  refuseLearner(node);
  const member = node.serving as EtcdMembership;
  if (!member.etcd.isConnected(member.id)) throw new EtcdError('noLeader');
  return member;
}

/** The member on the node, for what the majority has to agree on. */
async function agreeing(ctx: ServedCall, doing: string): Promise<EtcdMembership> {
  const node = await localNode(ctx);
  refuseLearner(node, doing);
  const member = node.serving as EtcdMembership;
  // What is proposed without a leader is lost: nobody says so.
  if (!member.etcd.isConnected(member.id)) throw new EtcdError('timeout', doing);
  return member;
}

function refuseLearner(node: EtcdNode, doing?: string): void {
  if (node.member?.isLearner === true) throw new EtcdError('learner', doing);
}

/** A member on any control plane, when one takes requests. */
async function anyMember({ machine, signal }: ServedCall): Promise<EtcdMembership> {
  const own = etcdOn(machine);
  for (;;) {
    const found = own.linearizable();
    if (found !== undefined) return found;
    await untilHolds(machine, () => own.reached().length > 0, signal);
  }
}

/** How long Talos waits for the resource that names the member on the node. */
const MEMBER_MS = 180_000;

/** The id of the member on the node, which its resource says while the member is healthy. */
async function localId(ctx: ServedCall, doing = ''): Promise<bigint> {
  const { machine, clock, signal } = ctx;
  const isThere = () => etcdOn(machine).hasData && machine.state(services).isUp('etcd');
  const patience = new AbortController();
  const timer = clock.setTimer(MEMBER_MS, () =>
    patience.abort(
      new ServerStatus(
        'deadline-exceeded',
        `${doing}failed to get local etcd member ID: context deadline exceeded`,
      ),
    ),
  );
  try {
    await untilHolds(machine, isThere, AbortSignal.any([signal, patience.signal]));
  } finally {
    timer.cancel();
  }
  return etcdOn(machine).membership?.id ?? 0n;
}

/** Runs what takes time on the node; rejects with what it throws, or when the caller is gone. */
function played({ machine, signal }: ServedCall, script: Script): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      play.cancel();
      script.return();
      reject(signal.reason);
    };
    const play = new Play(machine, script, (problem) => {
      signal.removeEventListener('abort', onAbort);
      if (problem === undefined) resolve();
      else reject(problem);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    play.begin();
  });
}

/** Puts what failed before the text of etcd. */
function named<T>(doing: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof EtcdError) throw new EtcdError(cause.problem, doing);
    throw cause;
  }
}

function downgraded(run: () => string) {
  return { clusterDowngrade: { clusterVersion: named(DOWNGRADE, run) } };
}

/** The release that a request names. */
function downgradeTarget(version: string): EtcdMinor {
  const invalid = (text: string) => new ServerStatus('invalid-argument', text);
  if (version === '') throw invalid('version is required for etcd downgrade');
  const parts = version.split('.');
  if (parts.length !== 2) throw invalid('version should be in MAJOR.MINOR format');
  const [major = Number.NaN, minor = Number.NaN] = parts.map((part) =>
    /^[+-]?\d+$/.test(part) ? Number(part) : Number.NaN,
  );
  if (Number.isNaN(major)) throw invalid('major version should be a number');
  if (Number.isNaN(minor)) throw invalid('minor version should be a number');
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw invalid('etcd downgrade is only supported to 3.5 and later versions');
  }
  return [major, minor];
}

function memberInfo(member: EtcdMember) {
  return {
    id: member.id,
    hostname: member.name,
    peerUrls: [peerUrl(member)],
    clientUrls: isStarted(member) ? [clientUrl(member)] : [],
    isLearner: member.isLearner,
  };
}

function alarmInfo({ memberId, alarm }: RaisedAlarm) {
  return { memberId, alarm };
}
