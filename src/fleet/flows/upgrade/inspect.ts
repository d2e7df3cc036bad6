import { checkPath, isLegacy } from '../../../operations/upgrading/check.js';
import type { InstallerImage } from '../../../operations/upgrading/image.js';
import { isSame, readRunning } from '../../../operations/upgrading/running.js';
import { noteBoot, type RememberedBoot } from '../nodes/boot.js';
import { type DrainPlan, planDraining } from '../nodes/drained.js';
import type { NodeWork } from '../nodes/node-steps.js';
import type { UpgradeSettings } from './input.js';

/** A node before anything is done to it. */
export type InspectedNode = {
  readonly version: string;
  readonly schematic: string | null;
  /** Whether it is upgraded by the call before `LifecycleService`. */
  readonly legacy: boolean;
  readonly boot: RememberedBoot;
  /** Absent where there is nothing to do. */
  readonly draining: DrainPlan | null;
};

/**
 * Looks at a node that is to be upgraded.
 *
 * @throws {TalosConfigError} when minor releases would be left out
 */
export async function inspectNode(
  work: NodeWork,
  image: InstallerImage,
  settings: UpgradeSettings,
): Promise<InspectedNode> {
  const running = await readRunning(work.operation, work.node);
  const from = checkPath(running.version, image, settings.skipMinors ?? false);
  return {
    version: running.version,
    schematic: running.schematic ?? null,
    legacy: isLegacy(from),
    boot: await noteBoot(work),
    draining: isSame(running, image) ? null : await planDraining(work, settings),
  };
}
