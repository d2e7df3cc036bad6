import type { ReconnectParts } from '../../../reconnect/index.js';
import { callback } from '../../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../../runtime/arguments/options.js';
import type { Flow } from '../../flow.js';
import { checkInput, type RollFleetSettings, rollFleetShape } from '../clusters/input.js';
import { nodeByNode } from '../clusters/node-by-node.js';
import type { FleetReport } from '../clusters/roll-fleet.js';
import { type FleetFlowOptions, fleetFlowShape } from '../connect.js';
import {
  type ConfigurationOf,
  checkReference,
  type RollOutSettings,
  rollOutShape,
} from './input.js';
import { type ConfiguredNode, configureNode } from './node.js';

/** How `rollOutConfiguration` reaches clusters and finds configurations. */
export interface RollOutConfigurationOptions extends FleetFlowOptions {
  /** Gives configurations for the `name` in the input. Without it, the input names files. */
  readonly configurationOf?: ConfigurationOf | undefined;
}

/** What `rollOutConfiguration` is run with. */
export type RollOutConfigurationInput = RollFleetSettings & RollOutSettings;

/** What became of a cluster that was configured: its nodes, in the order in which they were taken. */
export type ConfiguredCluster = { readonly nodes: readonly ConfiguredNode[] };

/** What `rollOutConfiguration` did. */
export type RollOutConfigurationReport = FleetReport<ConfiguredCluster>;

const NAME = 'rollOutConfiguration';
const VERSION = '1';

const makerShape: Shape<RollOutConfigurationOptions> = {
  ...fleetFlowShape,
  configurationOf: callback,
};
const inputShape: Shape<RollOutConfigurationInput> = { ...rollFleetShape, ...rollOutShape };

/**
 * A flow that brings the configurations of nodes of many clusters to what they are to be: first on a
 * canary, then on the others, several at a time; in a cluster as `upgradeFleet` does. The input names
 * files, or something that `configurationOf` knows; they are read inside steps, in the process that does
 * them, and only digests are remembered.
 *
 * Each node goes through `compare` (what would change), `gate` (etcd goes on without it), `apply`,
 * `verify` (it has the configuration, and is ready) and `etcd in sync`; with `reboot` it is drained before
 * and rebooted as by `upgradeFleet`. A change that is made already is not made again, also after the death
 * of the process: patches that append to lists append once. If files change in the middle, the next node
 * gets what is in them then; a node between `compare` and `apply` fails. `os:admin` is needed.
 *
 * @example
 * ```ts
 * const flow = rollOutConfiguration({
 *   connect: async (context) => createTalosClient(await loadTalosconfig({ context })),
 * });
 * const input = { clusters: ['test-1', 'prod-1'], patches: ['patches/sysctls.yaml'], canary: 1 };
 * const run = await runner.start(flow, input, { id: 'sysctls' });
 * const { clusters } = await run.result();
 * ```
 * @throws {TalosConfigError} when `connect` is no function
 */
export function rollOutConfiguration(
  options: RollOutConfigurationOptions,
  parts?: ReconnectParts,
): Flow<RollOutConfigurationInput, RollOutConfigurationReport> {
  checkOptions(options, makerShape, NAME);
  const { configurationOf } = options;
  return nodeByNode<RollOutSettings, { readonly type: string }, ConfiguredNode>({
    name: NAME,
    version: VERSION,
    options,
    parts,
    checkInput(input) {
      checkInput(input, inputShape, NAME, ['clusters']);
      checkReference(input, configurationOf, NAME);
    },
    more: ({ type }) => ({ type }),
    run: (steps, { cluster, node: _, type, ...settings }) =>
      configureNode(steps, { cluster, type, settings, configurationOf, parts }),
  });
}
