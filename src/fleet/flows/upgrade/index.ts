import { checkPath } from '../../../operations/upgrading/check.js';
import { installerImage } from '../../../operations/upgrading/image.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import { checkOptions, type Shape } from '../../../runtime/arguments/options.js';
import type { Flow } from '../../flow.js';
import { checkInput, type RollFleetSettings, rollFleetShape } from '../clusters/input.js';
import { nodeByNode } from '../clusters/node-by-node.js';
import type { FleetReport } from '../clusters/roll-fleet.js';
import { type FleetFlowOptions, fleetFlowShape } from '../connect.js';
import { type UpgradeSettings, upgradeSettingsShape } from './input.js';
import { type UpgradedNode, upgradeNode } from './node.js';

/** What `upgradeFleet` is run with. */
export type UpgradeFleetInput = RollFleetSettings & UpgradeSettings;

/** What became of a cluster that was upgraded: its nodes, in the order in which they were taken. */
export type UpgradedCluster = { readonly nodes: readonly UpgradedNode[] };

/** What `upgradeFleet` did. */
export type UpgradeFleetReport = FleetReport<UpgradedCluster>;

const NAME = 'upgradeFleet';
const VERSION = '1';

const inputShape: Shape<UpgradeFleetInput> = { ...rollFleetShape, ...upgradeSettingsShape };

/**
 * A flow that upgrades Talos on many clusters: first a canary, then the others, several at a time. In a
 * cluster, control planes come first and one at a time, each only when etcd goes on without it; then
 * workers. A node that fails ends the roll of its cluster.
 *
 * Each node goes through these steps, which all look before they act: `inspect`, `gate` (etcd goes on
 * without it), `pull`, `drain`, `gate after drain`, `note log`, `install`, `hand over` (only a leader of
 * etcd), `note boot`, `reboot`, `return`, `verify`, `etcd in sync`, `wait for kubernetes`, `uncordon`. After
 * the death of the process the next one goes on with the step that was under way: the installer runs once,
 * and the node reboots once. A node that was drained is uncordoned, also when a later step fails (`take
 * back`), unless it is not ready. Nodes that run the release and the schematic of the image are skipped.
 * Nodes before Talos 1.13 have the step `upgrade` in the place of `install` and `reboot`.
 *
 * Cancelling and pausing take effect between nodes. `os:admin` is needed.
 *
 * @example
 * ```ts
 * const flow = upgradeFleet({
 *   connect: async (context) => createTalosClient(await loadTalosconfig({ context })),
 * });
 * const input = {
 *   clusters: ['test-1', 'prod-1', 'prod-2'],
 *   image: 'ghcr.io/siderolabs/installer:v1.14.1',
 *   canary: 1,
 *   soakMs: 3_600_000,
 *   clustersAtOnce: 2,
 * };
 * const run = await runner.start(flow, input, { id: 'talos-1.14.1' });
 * const { clusters } = await run.result();
 * ```
 * @throws {TalosConfigError} when `connect` is no function
 */
export function upgradeFleet(
  options: FleetFlowOptions,
  parts?: ReconnectParts,
): Flow<UpgradeFleetInput, UpgradeFleetReport> {
  checkOptions(options, fleetFlowShape, NAME);
  return nodeByNode<UpgradeSettings, Record<never, never>, UpgradedNode>({
    name: NAME,
    version: VERSION,
    options,
    parts,
    checkInput(input) {
      checkInput(input, inputShape, NAME, ['clusters', 'image']);
      installerImage(input.image, input.version);
    },
    checkPlan(plan, { image, version, skipMinors = false }) {
      const installer = installerImage(image, version);
      for (const node of plan) checkPath(node.version, installer, skipMinors);
    },
    more: () => ({}),
    run: (steps, settings) => upgradeNode(steps, settings),
  });
}
