import type { CallMetadata } from '../base/calls/context.js';
import { ServerStatus } from '../base/calls/status.js';
import type { Cluster, Machine } from '../base/machine.js';
import { textOf } from './signature.js';

/** Where a call goes. */
export interface OmniRoute {
  /** The node that takes the call: the one it names, or a control plane. */
  readonly entry: Machine;
  /** The nodes that the call names. */
  readonly named: readonly Machine[];
  /** Whether it names them with `nodes`: then `entry` asks each of them. */
  readonly isAggregated: boolean;
}

/**
 * Decides where a call goes, as Omni does: by its cluster and by the nodes that it names.
 *
 * @throws {ServerStatus} when there is no such cluster or node, or it is not clear which one is meant
 */
export function routeTo(metadata: CallMetadata, clusters: readonly Cluster[]): OmniRoute {
  const name = textOf(metadata, 'cluster') || textOf(metadata, 'context') || undefined;
  const candidates = name === undefined ? clusters : [clusterCalled(name, clusters)];
  const node = metadata.get('node')?.slice(0, 1) ?? [];
  const nodes = metadata.get('nodes') ?? [];
  const targets = [...node, ...nodes.flatMap((value) => String(value).split(','))].map(String);
  const named = targets.map((target) => machineCalled(target, candidates));
  const owners = new Set(named.map(({ cluster }) => cluster));
  if (owners.size > 1) {
    throw new ServerStatus('unknown', 'all nodes should be in the same cluster');
  }
  const [cluster = name === undefined ? undefined : candidates[0]] = owners;
  if (cluster === undefined) {
    throw new ServerStatus(
      'invalid-argument',
      'at least one of cluster, node, or nodes must be specified',
    );
  }
  const isAggregated = nodes.length > 0;
  const [direct] = named;
  const entry = direct === undefined || isAggregated ? controlPlaneOf(cluster) : direct;
  if (!cluster.isReachable(entry)) throw unavailable(`connection to ${entry.name} refused`);
  return { entry, named, isAggregated };
}

function clusterCalled(name: string, clusters: readonly Cluster[]): Cluster {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found !== undefined) return found;
  throw new ServerStatus('not-found', `cluster ${JSON.stringify(name)} is not registered`);
}

function machineCalled(target: string, clusters: readonly Cluster[]): Machine {
  if (target === '') throw new ServerStatus('unknown', 'empty node value');
  const found = clusters
    .flatMap(({ machines }) => machines)
    .filter(({ name, address }) => name === target || address === target);
  const [machine] = found;
  if (machine === undefined) {
    throw new ServerStatus('not-found', `node ${JSON.stringify(target)} not found`);
  }
  if (found.length === 1) return machine;
  throw new ServerStatus(
    'unknown',
    `name or address ${JSON.stringify(target)} is ambiguous, please specify the cluster name explicitly`,
  );
}

function controlPlaneOf(cluster: Cluster): Machine {
  const found = cluster.machines.find(
    (machine) => machine.type === 'controlplane' && cluster.isReachable(machine),
  );
  if (found !== undefined) return found;
  throw unavailable(`no control plane of ${cluster.name} can be reached`);
}

function unavailable(message: string): ServerStatus {
  return new ServerStatus('unavailable', message);
}
