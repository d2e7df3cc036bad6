import { legacyAction, rebootAction } from '../../../operations/upgrading/actions.js';
import { type InstallerImage, installerImage } from '../../../operations/upgrading/image.js';
import { containerdOf, pull } from '../../../operations/upgrading/install.js';
import {
  checkArrived,
  isArrived,
  type Running,
  readRunning,
} from '../../../operations/upgrading/running.js';
import { isOtherBoot, noteBoot, type RememberedBoot, takeDown, untilBack } from '../nodes/boot.js';
import { whileDrained } from '../nodes/drained.js';
import { checkEtcd, handOver, type RememberedMember, untilInSync } from '../nodes/gate.js';
import type { NodeSteps, NodeWork } from '../nodes/node-steps.js';
import type { UpgradeSettings } from './input.js';
import { type InspectedNode, inspectNode } from './inspect.js';
import { type Installed, installOnce, noteLog } from './install.js';

/** What became of a node that was to be upgraded. */
export type UpgradedNode = {
  readonly node: string;
  /** `skipped` when it ran the release and the schematic of the image already. */
  readonly state: 'upgraded' | 'skipped';
  /** The releases that ran before and that run now, such as `v1.14.1`. */
  readonly previousVersion: string;
  readonly version: string;
  /** The schematics of the Image Factory that ran before and that run now, if any. */
  readonly previousSchematic: string | null;
  readonly schematic: string | null;
  /** Whether it was drained, or why not. */
  readonly drained: 'drained' | 'not wanted' | 'no other node takes pods' | 'not in Kubernetes';
  /** How many pods left it. */
  readonly evicted: number;
};

/** Reading is tried again; acts look for themselves what they may do again. */
const READ = { timeoutMs: 120_000, retries: 3, backoffMs: 10_000 } as const;
const PULL = { timeoutMs: 1_800_000, retries: 3, backoffMs: 10_000 } as const;
const INSTALL = { timeoutMs: 2_700_000 } as const;
const DOWN = { timeoutMs: 1_800_000 } as const;
const BACK = { timeoutMs: 1_800_000 } as const;
/** Pulling, writing and rebooting in one. */
const LEGACY = { timeoutMs: 5_400_000 } as const;
const IN_SYNC = { timeoutMs: 960_000 } as const;

/** Upgrades a node, step by step. */
export async function upgradeNode(
  steps: NodeSteps,
  settings: UpgradeSettings,
): Promise<UpgradedNode> {
  await steps.context.mayGoOn('begin');
  const image = installerImage(settings.image, settings.version);
  const before = await steps.step('inspect', READ, (work) => inspectNode(work, image, settings));
  const { version, schematic, legacy, draining } = before;
  const previous = { node: steps.address, previousVersion: version, previousSchematic: schematic };
  if (draining === null) {
    const drained = 'not wanted';
    return { ...previous, state: 'skipped', version, schematic, drained, evicted: 0 };
  }
  await steps.step('gate', READ, (work) => checkEtcd(work, settings.etcd));
  const upgrade = new Upgrade(steps, image, settings, before);
  if (!legacy) await upgrade.pull('pull');
  const { result, evicted } = await whileDrained(steps, draining, settings, () => upgrade.run());
  return {
    ...previous,
    state: 'upgraded',
    version: result.version,
    schematic: result.schematic ?? null,
    drained: 'not' in draining ? draining.not : 'drained',
    evicted,
  };
}

/** What is done to a node that is drained. */
class Upgrade {
  readonly #steps: NodeSteps;
  readonly #image: InstallerImage;
  readonly #settings: UpgradeSettings;
  readonly #before: InspectedNode;

  constructor(
    steps: NodeSteps,
    image: InstallerImage,
    settings: UpgradeSettings,
    before: InspectedNode,
  ) {
    this.#steps = steps;
    this.#image = image;
    this.#settings = settings;
    this.#before = before;
  }

  /** Pulls the installer, as often as need be. */
  async pull(name: string): Promise<void> {
    const { reference } = this.#image;
    const { imageStore } = this.#settings;
    await this.#steps.step(name, PULL, async ({ node, operation }) => {
      await pull(operation, node, reference, containerdOf(imageStore));
      return null;
    });
  }

  /** Upgrades and reboots the node, and gives what it runs then. */
  async run(): Promise<Running> {
    const steps = this.#steps;
    // Pulling and draining may have taken long.
    const member = await steps.step('gate after drain', READ, (work) =>
      checkEtcd(work, this.#settings.etcd),
    );
    const running = (await this.#round(member, '')) ?? (await this.#again(member));
    if (member !== null) {
      await steps.step('etcd in sync', IN_SYNC, (work) => untilInSync(work, member));
    }
    return running;
  }

  /** An installer whose end nobody saw may not have come to it: then it is run once more. */
  async #again(member: RememberedMember): Promise<Running> {
    await this.pull('pull again');
    const running = await this.#round(member, ' again');
    // The last round fails where there is nothing to give.
    return running as Running;
  }

  /** Gives what runs in the end; nothing when it has to be done once more. */
  async #round(member: RememberedMember, suffix: '' | ' again'): Promise<Running | undefined> {
    const steps = this.#steps;
    const installed = this.#before.legacy ? 'completed' : await this.#install(suffix);
    if (member?.leads === true) await steps.step(`hand over${suffix}`, READ, handOver);
    const boot = await steps.step(`note boot${suffix}`, READ, (work) => this.#noteBoot(work));
    if (!boot.isThere) {
      await this.#reboot(boot, suffix);
      await steps.step(`return${suffix}`, BACK, (work) => untilBack(work, boot));
    }
    const mayRepeat = installed === 'unknown' && suffix === '';
    const found = await steps.step(`verify${suffix}`, READ, (work) =>
      this.#verify(work, installed, mayRepeat),
    );
    return found === null ? undefined : { ...found, schematic: found.schematic ?? undefined };
  }

  async #install(suffix: string): Promise<Installed> {
    const steps = this.#steps;
    const { reference } = this.#image;
    const containerd = containerdOf(this.#settings.imageStore);
    const mark = await steps.step(`note log${suffix}`, READ, noteLog);
    return steps.step(`install${suffix}`, INSTALL, (work) =>
      installOnce(work, reference, containerd, mark),
    );
  }

  /** Something else may have rebooted the node since the installer ran: then it is there already. */
  async #noteBoot(work: NodeWork): Promise<RememberedBoot & { readonly isThere: boolean }> {
    const boot = await noteBoot(work);
    const isThere =
      isOtherBoot(this.#before.boot, boot) &&
      isArrived(await readRunning(work.operation, work.node), this.#image);
    return { ...boot, isThere };
  }

  async #reboot(boot: RememberedBoot, suffix: string): Promise<void> {
    const { rebootMode } = this.#settings;
    const steps = this.#steps;
    if (this.#before.legacy) {
      const { reference } = this.#image;
      await steps.step(`upgrade${suffix}`, LEGACY, (work) =>
        takeDown(work, boot, legacyAction(work.node, reference, rebootMode)),
      );
    } else {
      await steps.step(`reboot${suffix}`, DOWN, (work) =>
        takeDown(work, boot, rebootAction(work.node, rebootMode)),
      );
    }
  }

  async #verify(
    { node, operation }: NodeWork,
    installed: Installed,
    mayRepeat: boolean,
  ): Promise<{ readonly version: string; readonly schematic: string | null } | null> {
    const running = await readRunning(operation, node);
    const isThere = isArrived(running, this.#image);
    if (!isThere && mayRepeat) return null;
    checkArrived(operation, running, this.#image, installed === 'completed');
    return { version: running.version, schematic: running.schematic ?? null };
  }
}
