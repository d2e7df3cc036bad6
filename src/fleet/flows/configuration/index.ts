import type { ReconnectParts } from '../../../reconnect/index.js';
import { callback } from '../../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../../runtime/arguments/options.js';
import type { Flow, FlowContext } from '../../flow.js';
import { checkCluster, HEALTHY } from '../clusters/check-cluster.js';
import { clusterStep } from '../clusters/cluster-step.js';
import {
  checkInput,
  type FleetCluster,
  type RollFleetSettings,
  rollFleetShape,
} from '../clusters/input.js';
import { type FleetReport, rollFleet } from '../clusters/roll-fleet.js';
import { type FleetFlowOptions, fleetFlowShape } from '../connect.js';
import { Connections } from '../connections.js';
import { NodeSteps } from '../nodes/node-steps.js';
import { PLAN, planNodes } from '../nodes/plan-nodes.js';
import { rollNodes } from '../nodes/roll-nodes.js';
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

type ClusterInput = RollOutSettings & { readonly cluster: FleetCluster };
type NodeInput = RollOutSettings & {
  readonly cluster: string;
  readonly node: string;
  readonly type: string;
};

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
  const connections = new Connections(options);
  const nodeFlow: Flow<NodeInput, ConfiguredNode> = {
    name: `${NAME}.node`,
    version: VERSION,
    run: (context, { cluster, node, type, ...settings }) =>
      connections.with(cluster, (connection) =>
        configureNode(new NodeSteps(context, node, NAME, connection, parts), {
          ...{ cluster, type, settings, configurationOf, parts },
        }),
      ),
  };
  const clusterFlow: Flow<ClusterInput, ConfiguredCluster> = {
    name: `${NAME}.cluster`,
    version: VERSION,
    children: [nodeFlow],
    run: (context, input) => configureCluster(context, input, { connections, nodeFlow, parts }),
  };
  return {
    name: NAME,
    version: VERSION,
    children: [clusterFlow],
    run(context, input) {
      checkInput(input, inputShape, NAME, ['clusters']);
      checkReference(input, configurationOf, NAME);
      const { clusters, canary, clustersAtOnce, maxFailures, soakMs, approval, ...settings } =
        input;
      const inputOf = (cluster: FleetCluster): ClusterInput => ({ ...settings, cluster });
      return rollFleet(context, input, { name: NAME, flow: clusterFlow, inputOf });
    },
  };
}

interface ClusterParts {
  readonly connections: Connections;
  readonly nodeFlow: Flow<NodeInput, ConfiguredNode>;
  readonly parts: ReconnectParts | undefined;
}

function configureCluster(
  context: FlowContext,
  { cluster, ...settings }: ClusterInput,
  { connections, nodeFlow, parts }: ClusterParts,
): Promise<ConfiguredCluster> {
  const { context: name, nodes: given } = cluster;
  return connections.with(name, async (connection) => {
    await context.mayGoOn('begin');
    const setup = { flow: NAME, parts };
    const plan = { ...setup, ...PLAN, name: 'plan' };
    const nodes = await clusterStep(context, connection, plan, (work) =>
      planNodes(work, given, NAME),
    );
    const configured = await rollNodes(context, nodes, settings, {
      flow: nodeFlow,
      inputOf: ({ address, type }) => ({ ...settings, cluster: name, node: address, type }),
    });
    const check = { ...setup, ...HEALTHY, name: 'health' };
    await clusterStep(context, connection, check, (work) => checkCluster(work, nodes, parts));
    return { nodes: configured };
  });
}
