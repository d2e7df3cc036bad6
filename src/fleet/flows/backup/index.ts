import { join } from 'node:path';
import { beginOfName, removeOld } from '../../../operations/backup-etcd/names.js';
import type { ReconnectParts } from '../../../reconnect/index.js';
import { checkOptions } from '../../../runtime/arguments/options.js';
import type { Flow, FlowContext } from '../../flow.js';
import { clusterStep } from '../clusters/cluster-step.js';
import { checkInput } from '../clusters/input.js';
import { type FleetReport, rollFleet } from '../clusters/roll-fleet.js';
import { safeName } from '../clusters/safe-name.js';
import { type FleetFlowOptions, fleetFlowShape } from '../connect.js';
import { Connections } from '../connections.js';
import { type BackUpEtcdInput, backUpEtcdShape } from './input.js';
import { type RememberedSnapshot, saveOnce } from './save.js';

/** What became of a cluster that was backed up. */
export type BackedUpCluster = RememberedSnapshot & {
  /** The old snapshots that were removed. */
  readonly removed: readonly string[];
};

/** What `backUpEtcd` did. */
export type BackUpEtcdReport = FleetReport<BackedUpCluster>;

type ClusterInput = {
  readonly cluster: string;
  readonly folder: string;
  readonly keep?: number | undefined;
};

const NAME = 'backUpEtcd';
const VERSION = '1';

const SAVE = { timeoutMs: 3_660_000, retries: 2, backoffMs: 10_000 } as const;

/**
 * A flow that saves a snapshot of etcd of each cluster of a fleet, into a folder of its own in `folder`:
 * whole or not at all, and readable only by its owner. A cluster that fails stops no other; the run fails
 * in the end, naming those. After the death of the process, clusters that are done are not done again, and
 * a file that was finished is not made twice. `os:etcd:backup` is enough.
 *
 * @example
 * ```ts
 * const flow = backUpEtcd({
 *   connect: async (context) => createTalosClient(await loadTalosconfig({ context })),
 * });
 * const input = { clusters: ['prod-1', 'prod-2'], folder: 'backups', keep: 14, clustersAtOnce: 2 };
 * const run = await runner.start(flow, input, { id: 'backup-2026-01-31' });
 * const { clusters } = await run.result();
 * ```
 * @throws {TalosConfigError} when `connect` is no function
 */
export function backUpEtcd(
  options: FleetFlowOptions,
  parts?: ReconnectParts,
): Flow<BackUpEtcdInput, BackUpEtcdReport> {
  checkOptions(options, fleetFlowShape, NAME);
  const connections = new Connections(options);
  const clusterFlow: Flow<ClusterInput, BackedUpCluster> = {
    name: `${NAME}.cluster`,
    version: VERSION,
    run: (context, input) => backUpCluster(context, input, connections, parts),
  };
  return {
    name: NAME,
    version: VERSION,
    children: [clusterFlow],
    run(context, input) {
      checkInput(input, backUpEtcdShape, NAME, ['clusters', 'folder']);
      const { folder, keep } = input;
      return rollFleet(context, input, {
        name: NAME,
        flow: clusterFlow,
        inputOf: (cluster) => ({ cluster: cluster.context, folder, keep }),
        beginsAll: true,
      });
    },
  };
}

function backUpCluster(
  context: FlowContext,
  { cluster, folder, keep }: ClusterInput,
  connections: Connections,
  parts: ReconnectParts | undefined,
): Promise<BackedUpCluster> {
  return connections.with(cluster, async (connection) => {
    await context.mayGoOn('begin');
    const own = join(folder, safeName(cluster));
    const name = await context.step('name', async () => beginOfName(Date.now()));
    const step = { ...SAVE, flow: NAME, parts, name: 'save' };
    const saved = await clusterStep(context, connection, step, (work) =>
      saveOnce(work, own, name, parts),
    );
    if (keep === undefined) return { ...saved, removed: [] };
    const removed = await context.step('remove old ones', async () => [
      ...(await removeOld(own, keep)),
    ]);
    return { ...saved, removed };
  });
}
