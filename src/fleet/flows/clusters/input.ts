import { oneOf, text, texts, wholeFrom } from '../../../runtime/arguments/kinds.js';
import { checkOptions, type Kind, type Shape } from '../../../runtime/arguments/options.js';
import { isRecord } from '../../../runtime/arguments/record.js';
import { TalosConfigError } from '../../../runtime/errors/config-error.js';

/** A cluster of a fleet. */
export type FleetCluster = {
  /** What `connect` gets: the name of the cluster, such as a context of a talosconfig. */
  readonly context: string;
  /** The addresses of the nodes to take. Default: all members of the cluster. */
  readonly nodes?: readonly string[] | undefined;
};

/** How the clusters of a fleet are taken. */
export type RollFleetSettings = {
  /** The clusters: their names, or with the nodes to take. */
  readonly clusters: readonly (string | FleetCluster)[];
  /**
   * How many clusters are taken first, before all the others. If one of them fails, no others begin,
   * whatever `maxFailures` says. Default: 0.
   */
  readonly canary?: number | undefined;
  /** How many clusters are taken at a time. Default: 1. */
  readonly clustersAtOnce?: number | undefined;
  /** How many clusters may fail before no others begin. Default: 0. */
  readonly maxFailures?: number | undefined;
  /** Milliseconds between the canary and the others. Default: 0. */
  readonly soakMs?: number | undefined;
  /**
   * Whether the others wait after the canary until somebody says that they may begin, by
   * `run.send('approval', true)`; `false` ends the run. Default: they do not.
   */
  readonly approval?: 'after canary' | undefined;
};

const clusterShape: Shape<FleetCluster> = { context: text, nodes: texts('10.0.0.2') };

const clusterList: Kind = (value) =>
  Array.isArray(value) && value.length > 0 && value.every(isCluster)
    ? undefined
    : "a list of clusters such as ['prod-1'] or [{ context: 'prod-1', nodes: ['10.0.0.2'] }]";

function isCluster(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (!isRecord(value)) return false;
  const { context } = value as { readonly context?: unknown };
  return typeof context === 'string' && context !== '';
}

export const rollFleetShape: Shape<RollFleetSettings> = {
  clusters: clusterList,
  canary: wholeFrom(0),
  clustersAtOnce: wholeFrom(1),
  maxFailures: wholeFrom(0),
  soakMs: (value) =>
    Number.isFinite(value) && Number(value) >= 0 ? undefined : 'a number of milliseconds from 0 on',
  approval: oneOf('after canary'),
};

/**
 * Checks the input of a flow.
 *
 * @param required the fields that have to be there
 * @throws {TalosConfigError} naming the field
 */
export function checkInput<T>(
  input: T,
  shape: Shape<T>,
  flow: string,
  required: readonly (keyof T & string)[],
): void {
  checkOptions(input, shape, flow);
  for (const field of required) {
    if (input[field] !== undefined) continue;
    throw new TalosConfigError(`${flow}: ${field}: must be given`, { field });
  }
}

/**
 * The clusters of a fleet, each with its name.
 *
 * @throws {TalosConfigError} when one is named twice, or has a field that there is not
 */
export function clustersOf({ clusters }: RollFleetSettings, flow: string): readonly FleetCluster[] {
  const names = new Set<string>();
  return clusters.map((given) => {
    const cluster = typeof given === 'string' ? { context: given } : given;
    checkOptions(cluster, clusterShape, `${flow}: clusters`);
    const { context, nodes } = cluster;
    if (names.has(context)) throw refused(flow, `${context} is there twice`);
    names.add(context);
    if (nodes?.length === 0) throw refused(flow, `${context}: nodes: there are none`);
    return cluster;
  });
}

function refused(flow: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${flow}: clusters: ${problem}`, { field: 'clusters' });
}
