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
  const network = networkOf(options);
  return Array.from({ length: controlPlanes + workers }, (_, index) => {
    const isWorker = index >= controlPlanes;
    return {
      name: isWorker ? `worker-${index - controlPlanes + 1}` : `cp-${index + 1}`,
      address: addressOf(network, index),
      type: isWorker ? 'worker' : 'controlplane',
    };
  });
}

function check(name: string, count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MAX_NODES) return;
  throw new RangeError(`${name}: ${count} is no number of nodes from 0 to ${MAX_NODES}`);
}

/** The first two numbers of the addresses. */
function networkOf({ addresses, transport }: ClusterOptions): string {
  if (addresses === undefined) return '10.5';
  if (transport !== 'tls') {
    throw new RangeError("addresses: nodes listen at them with transport: 'tls' only");
  }
  if (!isLoopbackNetwork(addresses)) {
    throw new RangeError(
      `addresses: ${JSON.stringify(addresses)} is neither 'loopback' nor a network such as 127.9.0.0/16`,
    );
  }
  return addresses.split('.').slice(0, 2).join('.');
}

/** Whether `text` is a network of loopback for a cluster; that of 127.0.0.1 is for all. */
export function isLoopbackNetwork(text: string): text is `127.${number}.0.0/16` {
  const second = /^127\.([1-9]\d{0,2})\.0\.0\/16$/.exec(text)?.[1];
  return second !== undefined && Number(second) <= 255;
}

/** The first address of a network is its gateway. */
function addressOf(network: string, index: number): string {
  const number = index + 2;
  return `${network}.${number >> 8}.${number & 255}`;
}
