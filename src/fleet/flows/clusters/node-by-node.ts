import type { ReconnectParts } from '../../../reconnect/index.js';
import type { Flow, FlowContext } from '../../flow.js';
import type { Json } from '../../json.js';
import type { FleetFlowOptions } from '../connect.js';
import { Connections } from '../connections.js';
import { NodeSteps } from '../nodes/node-steps.js';
import { PLAN, type PlannedNode, planNodes } from '../nodes/plan-nodes.js';
import { rollNodes } from '../nodes/roll-nodes.js';
import type { RollNodesSettings } from '../nodes/settings.js';
import { checkCluster, HEALTHY } from './check-cluster.js';
import { clusterStep } from './cluster-step.js';
import type { FleetCluster, RollFleetSettings } from './input.js';
import { type FleetReport, rollFleet } from './roll-fleet.js';

/** What became of a cluster: its nodes, in the order in which they were taken. */
type RolledCluster<Done extends Json> = { readonly nodes: readonly Done[] };

type ClusterInput<Settings> = Settings & { readonly cluster: FleetCluster };

/** What the flow of a node is run with. */
type NodeInput<Settings> = Settings & { readonly cluster: string; readonly node: string };

/** What is done to each node of a fleet. `Settings` are the same for all, `More` is of each node. */
export interface NodeByNode<Settings extends RollNodesSettings, More, Done extends Json> {
  readonly name: string;
  readonly version: string;
  readonly options: FleetFlowOptions;
  readonly parts: ReconnectParts | undefined;
  /** Refuses inputs that cannot be followed. */
  readonly checkInput: (input: RollFleetSettings & Settings) => void;
  /** Looks at the nodes of a cluster before anything is done to one. */
  readonly checkPlan?: (plan: readonly PlannedNode[], settings: Settings) => void;
  /** What the flow of a node is told of it, besides its address. */
  readonly more: (node: PlannedNode) => More;
  readonly run: (steps: NodeSteps, input: NodeInput<Settings> & More) => Promise<Done>;
}

/**
 * A flow over a fleet that takes clusters in waves, and the nodes of each one after the other. It has a
 * flow for each cluster and one for each node, so that what is remembered of a node stands by itself.
 */
export function nodeByNode<
  Settings extends RollNodesSettings & { readonly [key: string]: Json | undefined },
  More extends { readonly [key: string]: Json | undefined },
  Done extends Json,
>(
  each: NodeByNode<Settings, More, Done>,
): Flow<RollFleetSettings & Settings, FleetReport<RolledCluster<Done>>> {
  const { name, version, options, parts } = each;
  const connections = new Connections(options);
  const nodeFlow: Flow<NodeInput<Settings> & More, Done> = {
    name: `${name}.node`,
    version,
    run: (context, input) =>
      connections.with(input.cluster, (connection) =>
        each.run(new NodeSteps(context, input.node, name, connection, parts), input),
      ),
  };
  const clusterFlow: Flow<ClusterInput<Settings>, RolledCluster<Done>> = {
    name: `${name}.cluster`,
    version,
    children: [nodeFlow],
    run: (context, input) => rollCluster(context, input, each, { connections, nodeFlow }),
  };
  return {
    name,
    version,
    children: [clusterFlow],
    run(context, input) {
      each.checkInput(input);
      const { clusters, canary, clustersAtOnce, maxFailures, soakMs, approval, ...rest } = input;
      // TypeScript does not see that what is left of both are the settings.
      const settings = rest as unknown as Settings;
      const inputOf = (cluster: FleetCluster): ClusterInput<Settings> => ({ ...settings, cluster });
      return rollFleet(context, input, { name, flow: clusterFlow, inputOf });
    },
  };
}

async function rollCluster<
  Settings extends RollNodesSettings & { readonly [key: string]: Json | undefined },
  More extends { readonly [key: string]: Json | undefined },
  Done extends Json,
>(
  context: FlowContext,
  { cluster, ...rest }: ClusterInput<Settings>,
  { name: flow, parts, checkPlan, more }: NodeByNode<Settings, More, Done>,
  {
    connections,
    nodeFlow,
  }: {
    readonly connections: Connections;
    readonly nodeFlow: Flow<NodeInput<Settings> & More, Done>;
  },
): Promise<RolledCluster<Done>> {
  const settings = rest as unknown as Settings;
  const { context: name, nodes: given } = cluster;
  // Another run may be at work on it, also for long: the credentials are read after that.
  await context.mayGoOn('begin', { holding: `cluster ${name}` });
  return connections.with(name, async (connection) => {
    const setup = { flow, parts };
    const plan = { ...setup, ...PLAN, name: 'plan' };
    const nodes = await clusterStep(context, connection, plan, async (work) => {
      const planned = await planNodes(work, given, flow);
      checkPlan?.(planned, settings);
      return planned;
    });
    const done = await rollNodes(context, nodes, settings, {
      flow: nodeFlow,
      inputOf: (node) => ({ ...settings, cluster: name, node: node.address, ...more(node) }),
    });
    const check = { ...setup, ...HEALTHY, name: 'health' };
    await clusterStep(context, connection, check, (work) => checkCluster(work, nodes, parts));
    return { nodes: done };
  });
}
