import { rebootAction } from '../../../operations/upgrading/actions.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import { noteBoot, takeDown, untilBack } from '../nodes/boot.js';
import { type DrainPlan, planDraining, whileDrained } from '../nodes/drained.js';
import { checkEtcd, handOver, untilInSync } from '../nodes/gate.js';
import type { NodeSteps, NodeWork } from '../nodes/node-steps.js';
import {
  applyOnce,
  type ComparedConfiguration,
  compareConfiguration,
  untilConfigured,
} from './apply.js';
import { readChange } from './change.js';
import type { ConfigurationOf, RollOutSettings } from './input.js';

/** What became of a node whose configuration was to change. */
export type ConfiguredNode = {
  readonly node: string;
  /** `skipped` when it had the configuration already. */
  readonly state: 'configured' | 'skipped';
  /** Where values of its configuration were changed, without the values: the first of them. */
  readonly changes: readonly string[];
  readonly rebooted: boolean;
  /** How many pods left it. */
  readonly evicted: number;
};

/** What the flow of a node has besides its steps. */
export interface NodeConfiguring {
  readonly cluster: string;
  readonly type: string;
  readonly settings: RollOutSettings;
  readonly configurationOf: ConfigurationOf | undefined;
  readonly parts: ReconnectParts | undefined;
}

const READ = { timeoutMs: 120_000, retries: 3, backoffMs: 10_000 } as const;
const APPLY = { timeoutMs: 900_000 } as const;
const DOWN = { timeoutMs: 1_800_000 } as const;
const WELL = { timeoutMs: 900_000 } as const;

/** Brings a node to its configuration, step by step. */
export async function configureNode(
  steps: NodeSteps,
  configuring: NodeConfiguring,
): Promise<ConfiguredNode> {
  const { settings } = configuring;
  await steps.context.mayGoOn('begin');
  const compared = await steps.step('compare', READ, (work) => compare(work, configuring));
  const { changes, draining } = compared;
  const result = { node: steps.address, changes };
  if (changes.length === 0 && draining === null) {
    return { ...result, state: 'skipped', rebooted: false, evicted: 0 };
  }
  // A change may end etcd, too.
  const member = await steps.step('gate', READ, (work) => checkEtcd(work, settings.etcd));
  let evicted = 0;
  if (draining === null) await apply(steps, configuring, compared);
  else {
    ({ evicted } = await whileDrained(steps, draining, settings, async () => {
      if (changes.length > 0) await apply(steps, configuring, compared);
      if (member?.leads === true) await steps.step('hand over', READ, handOver);
      await reboot(steps, settings);
    }));
  }
  const which = settings.mode === 'STAGED' && draining === null ? 'persistent' : 'active';
  await steps.step('verify', WELL, (work) => untilConfigured(work, compared.digest, which));
  if (member !== null) await steps.step('etcd in sync', WELL, (work) => untilInSync(work, member));
  return { ...result, state: 'configured', rebooted: draining !== null, evicted };
}

/** How a node is drained is absent where it is not rebooted. */
async function compare(
  work: NodeWork,
  { settings, parts, ...place }: NodeConfiguring,
): Promise<ComparedConfiguration & { readonly draining: DrainPlan | null }> {
  const change = await changeFor(work, { settings, parts, ...place });
  const compared = await compareConfiguration(work, change, settings, parts);
  const reboots = settings.reboot === true && !(compared.isActive && compared.changes.length === 0);
  return { ...compared, draining: reboots ? await planDraining(work, settings) : null };
}

function changeFor({ node, operation }: NodeWork, configuring: NodeConfiguring) {
  const { cluster, type, settings, configurationOf } = configuring;
  const place = { cluster, type, node: node.address };
  return readChange(settings, place, configurationOf, operation.signal);
}

async function apply(
  steps: NodeSteps,
  configuring: NodeConfiguring,
  compared: ComparedConfiguration,
): Promise<void> {
  const { settings, parts } = configuring;
  await steps.step('apply', APPLY, async (work) => {
    const change = await changeFor(work, configuring);
    return applyOnce(work, change, settings, compared, parts);
  });
}

async function reboot(steps: NodeSteps, { rebootMode }: RollOutSettings): Promise<void> {
  const boot = await steps.step('note boot', READ, noteBoot);
  await steps.step('reboot', DOWN, (work) =>
    takeDown(work, boot, rebootAction(work.node, rebootMode)),
  );
  await steps.step('return', DOWN, (work) => untilBack(work, boot));
}
