import type { LifecycleMethods } from 'talos-client/lifecycle';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { sleep } from '../base/time/clock.js';
import { supports } from '../base/versions.js';
import { bootstrap } from '../node/lifecycle/bootstrap.js';
import { type InstallerOptions, installers } from '../node/lifecycle/installer-run.js';
import { panic } from '../node/sequences/panic.js';
import { reboot, shutdown } from '../node/sequences/reboot.js';
import { reset } from '../node/sequences/reset.js';
import { resetInOldMaintenance } from '../node/sequences/reset-old.js';
import { resetPlan } from '../node/sequences/reset-plan.js';
import type { Sequence } from '../node/sequences/sequence.js';
import { sequences } from '../node/sequences/sequences.js';
import { stageUpgrade, type UpgradePlan, upgrade } from '../node/sequences/upgrade.js';
import { etcdOn } from '../topics/etcd/etcd-node.js';
import { isStarted, memberIdText } from '../topics/etcd/member.js';
import { installation } from '../topics/system/installation.js';
import { installerVersion } from '../topics/system/installer.js';
import { meta, metaKeys } from '../topics/system/meta.js';

/** How long it takes to pull an installer. */
const PULL_MS = 100;

/**
 * What turns nodes on and off and changes what runs on them. Most calls answer before anything
 * happened; the sequence that they start tells in events whether it does.
 */
export const lifecycleHandlers: HandlersOf<LifecycleMethods> = {
  bootstrap: (ctx, { recoverEtcd, recoverSkipHashCheck }) =>
    bootstrap(ctx, { recover: recoverEtcd, skipHashCheck: recoverSkipHashCheck }),

  reboot({ machine, random }, { mode }) {
    const actorId = random.uuid();
    start(machine, reboot(typeof mode === 'number' ? 'DEFAULT' : mode), actorId);
    return { actorId };
  },

  shutdown({ machine, random }, { force }) {
    const actorId = random.uuid();
    start(machine, shutdown(force), actorId, true);
    return { actorId };
  },

  async reset({ machine, random }, request) {
    const actorId = random.uuid();
    const sequence = isOldMaintenance(machine)
      ? resetInOldMaintenance(machine, request)
      : reset(machine, await resetPlan(machine, request));
    start(machine, sequence, actorId);
    return { actorId };
  },

  rollback({ machine }) {
    const system = machine.state(installation);
    if (!system.isInstalled) throw new ServerStatus('failed-precondition', 'system disk not found');
    if (!system.rollback()) throw new Error('previous UKI not found');
    start(machine, reboot('DEFAULT'), '', true);
  },

  async upgradeLegacy({ machine, random, signal }, { image, preserve, force, stage, rebootMode }) {
    if (!machine.state(installation).isInstalled) {
      throw new ServerStatus('failed-precondition', 'Talos is not installed');
    }
    if (isOldMaintenance(machine) && (preserve || stage || force)) {
      throw new ServerStatus(
        'unimplemented',
        'upgrade --preserve, --stage, and --force are not supported in maintenance mode',
      );
    }
    await sleep(machine.clock, PULL_MS, signal);
    if (installerVersion(image) === undefined) {
      throw new Error(`error validating installer image ${JSON.stringify(image)}: no installer`);
    }
    if (machine.type === 'controlplane' && !preserve && !force) checkEtcd(machine);
    const actorId = random.uuid();
    const plan: UpgradePlan = { image, powercycle: rebootMode === 'POWERCYCLE' };
    if (stage) {
      const values = machine.state(meta);
      values.write(metaKeys.stagedUpgradeImage, image);
      values.write(metaKeys.stagedUpgradeOptions, JSON.stringify({ preserve, force }));
      start(machine, stageUpgrade(plan), actorId);
    } else {
      start(machine, upgrade(machine, plan), actorId);
    }
    return { ack: 'Upgrade request received', actorId };
  },

  install: ({ machine, signal }, { containerd, source, destination }) =>
    installer(machine, signal, {
      action: 'install',
      containerd,
      image: source?.imageName ?? '',
      disk: destination?.disk ?? '',
    }),

  upgrade: ({ machine, signal }, { containerd, source }) =>
    installer(machine, signal, {
      action: 'upgrade',
      containerd,
      image: source?.imageName ?? '',
      disk: '',
    }),
};

/** A server of its own answered in maintenance up to Talos 1.12. */
function isOldMaintenance({ inMaintenance, talosVersion }: Machine): boolean {
  return inMaintenance && !supports(talosVersion, '1.13');
}

function start(machine: Machine, sequence: Sequence, actorId: string, takeover = false): void {
  machine.state(sequences).run(sequence, {
    actorId,
    takeover,
    onFailed: () => panic(machine, sequence.name),
  });
}

/** An upgrade takes a member away for a while: the others have to manage without it. */
function checkEtcd(machine: Machine): void {
  const members = etcdOn(machine).linearizable()?.etcd.members ?? [];
  const failed = 'error validating etcd for upgrade';
  if (members.length === 2) {
    throw new Error(
      `${failed}: etcd member count(2) is insufficient to maintain quorum if upgrade commences`,
    );
  }
  for (const member of members) {
    const name = `etcd member ${memberIdText(member.id)}`;
    if (!isStarted(member)) {
      throw new Error(
        `${failed}: ${name} is not started, all members must be running to perform an upgrade`,
      );
    }
    const problem = etcdOn(member.machine).problem();
    if (problem === undefined) continue;
    throw new Error(
      `${failed}: ${name} is not healthy; all members must be healthy to perform an upgrade: ` +
        problem,
    );
  }
}

async function* installer(machine: Machine, signal: AbortSignal, options: InstallerOptions) {
  for await (const response of machine.state(installers).run(options, signal)) {
    yield { progress: { response } };
  }
}
