import type { MachineType } from '../base/machine.js';
import { isRelease } from '../base/versions.js';
import type { ClusterOptions } from './options.js';

/** A node that a cluster is to have. */
export interface PlannedNode {
  readonly name: string;
  readonly address: string;
  readonly type: MachineType;
}

/** The most nodes of a kind: their addresses fit into one network. */
const MAX_NODES = 10_000;

/**
 * The nodes of a cluster: `cp-1` and on, then `worker-1` and on, with addresses in this order.
 *
 * @throws {RangeError} when the options make no cluster.
 */
export function planOf(options: ClusterOptions): readonly PlannedNode[] {
  const { controlPlanes = 1, workers = 0, talosVersion } = options;
  check('controlPlanes', controlPlanes);
  check('workers', workers);
  if (controlPlanes + workers === 0) throw new RangeError('a cluster needs at least one node');
  if (talosVersion !== undefined && !isRelease(talosVersion)) {
    throw new RangeError(
      `talosVersion: ${JSON.stringify(talosVersion)} is no release like v1.14.0`,
    );
  }
  return Array.from({ length: controlPlanes + workers }, (_, index) => {
    const isWorker = index >= controlPlanes;
    return {
      name: isWorker ? `worker-${index - controlPlanes + 1}` : `cp-${index + 1}`,
      address: addressOf(index),
      type: isWorker ? 'worker' : 'controlplane',
    };
  });
}

function check(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MAX_NODES) return;
  throw new RangeError(`${name}: ${count} is no number of nodes from 0 to ${MAX_NODES}`);
}

/** 10.5.0.2 and on: the first address of the network is its gateway. */
function addressOf(index: number): string {
  const number = index + 2;
  return `10.5.${number >> 8}.${number & 255}`;
}
