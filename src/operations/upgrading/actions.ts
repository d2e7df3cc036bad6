import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { Target } from '../../runtime/target.js';
import type { TrackedAction } from '../track/action.js';

/** How long the older way may take to answer, since it pulls first, and to begin if the reply is lost. */
const LEGACY_REPLY_MS = 1_800_000;
const LEGACY_SIGN_MS = 900_000;

/** The reboot after which a node runs what was installed. */
export function rebootAction(
  node: Target,
  mode: 'DEFAULT' | 'POWERCYCLE' | 'FORCE' = 'DEFAULT',
): TrackedAction {
  const send = async (call: object) => (await lifecycle(node).reboot({ mode }, call)).actorId;
  return { sequences: ['reboot'], send };
}

/** The way before `LifecycleService`: pulls, installs and reboots by itself. */
export function legacyAction(
  node: Target,
  image: string,
  rebootMode: 'DEFAULT' | 'POWERCYCLE' = 'DEFAULT',
): TrackedAction {
  return {
    sequences: ['upgrade'],
    send: async (call) =>
      (await lifecycle(node).upgradeLegacy({ image, rebootMode }, call)).actorId,
    replyMs: LEGACY_REPLY_MS,
    signMs: LEGACY_SIGN_MS,
    withoutSign: 'unknown',
  };
}
