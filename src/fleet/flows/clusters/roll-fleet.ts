import { TalosFlowError } from '../../../runtime/errors/flow-error.js';
import type { ChildOutcome, Flow, FlowContext } from '../../flow.js';
import type { Json } from '../../json.js';
import { clustersOf, type FleetCluster, type RollFleetSettings } from './input.js';
import { isFailure, reachedText, wasHeld } from './outcomes.js';
import { safeName } from './safe-name.js';

/** What became of a cluster. */
export type ClusterReport<Done> =
  | ({ readonly cluster: string; readonly state: 'done' } & Done)
  | { readonly cluster: string; readonly state: 'failed'; readonly error: ClusterFailure };

/** Why a cluster failed. */
export type ClusterFailure = {
  readonly message: string;
  readonly step?: string | undefined;
  readonly node?: string | undefined;
  readonly outcome?: string | undefined;
  readonly hint?: string | undefined;
};

/** What became of a fleet, cluster by cluster in the order of the input. */
export type FleetReport<Done> = { readonly clusters: readonly ClusterReport<Done>[] };

/** Clusters that are taken without a stop. */
interface Wave {
  readonly name: 'canary' | 'clusters';
  readonly clusters: readonly FleetCluster[];
  readonly maxFailures: number;
}

/** How many failures are told in full. */
const MOST_TOLD = 5;

/**
 * Runs a flow for each cluster of a fleet: first for the canary, then for the others.
 *
 * @throws {TalosFlowError} when more clusters fail than may, naming those that are done and those that were
 * not begun
 */
export async function rollFleet<I extends Json, Done extends { readonly [key: string]: Json }>(
  context: FlowContext,
  settings: RollFleetSettings,
  { name, flow, inputOf, beginsAll = false }: ClusterFlow<I, Done>,
): Promise<FleetReport<Done>> {
  const clusters = clustersOf(settings, name);
  const outcomes: ChildOutcome<Done>[] = [];
  for (const wave of wavesOf(settings, clusters)) {
    if (wave.name === 'clusters' && outcomes.length > 0) await untilApproved(context, settings);
    await context.mayGoOn(`before ${wave.name}`);
    const failed = outcomes.filter(isFailure).length;
    const mayFail = Math.max(0, wave.maxFailures - failed);
    const list = wave.clusters.map((cluster) => ({
      id: safeName(cluster.context),
      input: inputOf(cluster),
      cluster: cluster.context,
    }));
    const limit = settings.clustersAtOnce ?? 1;
    const maxFailures = beginsAll ? list.length : mayFail;
    const ended = await context.children(wave.name, flow, list, { limit, maxFailures });
    outcomes.push(...ended);
    const failures = ended.filter(isFailure).length;
    // Those that did nothing although not too many failed were held by somebody.
    if (ended.some(wasHeld) && failures <= maxFailures) {
      await context.mayGoOn(`after ${wave.name}`);
    }
    if (failures > mayFail) throw stopped(wave, clusters, outcomes);
  }
  return {
    clusters: outcomes.map((outcome, index) => {
      return reportOf((clusters[index] as FleetCluster).context, outcome);
    }),
  };
}

/** The flow that is run for each cluster. */
export interface ClusterFlow<I extends Json, Done extends Json> {
  /** The name of the flow over the fleet, for errors. */
  readonly name: string;
  readonly flow: Flow<I, Done>;
  readonly inputOf: (cluster: FleetCluster) => I;
  /** Whether all clusters begin whatever fails, and the run fails in the end. Default: no. */
  readonly beginsAll?: boolean | undefined;
}

function wavesOf(
  { canary = 0, maxFailures = 0 }: RollFleetSettings,
  clusters: readonly FleetCluster[],
): readonly Wave[] {
  const waves: Wave[] = [
    { name: 'canary', clusters: clusters.slice(0, canary), maxFailures: 0 },
    { name: 'clusters', clusters: clusters.slice(canary), maxFailures },
  ];
  return waves.filter((wave) => wave.clusters.length > 0);
}

async function untilApproved(
  context: FlowContext,
  { soakMs = 0, approval }: RollFleetSettings,
): Promise<void> {
  if (soakMs > 0) await context.sleep('soak', soakMs);
  if (approval === undefined) return;
  const word = await context.waitFor('approval');
  if (word === true) return;
  throw new TalosFlowError(
    `the others were not approved: ${JSON.stringify(word)} was sent, and only true lets them begin`,
    { reason: 'failed', step: 'approval', outcome: 'changed' },
  );
}

function reportOf<Done extends { readonly [key: string]: Json }>(
  cluster: string,
  outcome: ChildOutcome<Done>,
): ClusterReport<Done> {
  if (outcome.state === 'done') return { ...outcome.output, cluster, state: 'done' };
  const {
    message,
    step,
    node,
    outcome: known,
    hint,
  } = outcome.state === 'failed' ? outcome.error : { message: 'it was not begun' };
  const error = { message, step, node, outcome: known, hint };
  return { cluster, state: 'failed', error };
}

function stopped<Done extends Json>(
  wave: Wave,
  clusters: readonly FleetCluster[],
  outcomes: readonly ChildOutcome<Done>[],
): TalosFlowError {
  const named = (state: ChildOutcome<Done>['state'] | undefined): readonly string[] =>
    clusters.filter((_, index) => outcomes[index]?.state === state).map(({ context }) => context);
  const failures = clusters.flatMap(({ context }, index) => {
    const outcome = outcomes[index];
    return outcome?.state === 'failed' ? [`${context}: ${outcome.error.message}`] : [];
  });
  const told = failures.slice(0, MOST_TOLD).join('; ');
  const more = failures.length > MOST_TOLD ? `; and ${failures.length - MOST_TOLD} more` : '';
  const left = [...named('not begun'), ...named(undefined)];
  return new TalosFlowError(
    `${failures.length} failed: ${told}${more}${reachedText(named('done'), left)}`,
    {
      reason: 'failed',
      step: wave.name,
      outcome: 'changed',
      hint: 'run it again under another id when that is mended: what is done already is left alone',
    },
  );
}
