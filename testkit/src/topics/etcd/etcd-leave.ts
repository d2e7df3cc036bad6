import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { services } from '../services/services.js';
import { EtcdError } from './errors.js';
import { type EtcdNode, etcdOn } from './etcd-node.js';

/** How long a node tries to leave while the others are not all there, and how often. */
const LEAVE_MS = 300_000;
const RETRY_MS = 10_000;

/**
 * Takes the member of a node out of its cluster, ends the service and removes the data. Waits for
 * members that are missing.
 *
 * @throws {EtcdError} when the others cannot do without it.
 */
export function* leaveEtcd(machine: Machine): Script {
  const node = etcdOn(machine);
  const id = node.membership?.id;
  if (id === undefined) return;
  const until = machine.clock.now() + LEAVE_MS;
  while (!remove(node, id)) {
    if (machine.clock.now() >= until) throw failed('unhealthy', id);
    yield RETRY_MS;
  }
  const state = machine.state(services);
  state.stopService('etcd');
  yield () => state.find('etcd')?.isDown !== false;
  node.wipe();
}

/** Whether the member is removed, rather than that being to be tried again. */
function remove(node: EtcdNode, id: bigint): boolean {
  try {
    const etcd = node.linearizable()?.etcd;
    if (etcd === undefined) throw new EtcdError('deadline');
    etcd.remove(id);
    return true;
  } catch (cause) {
    if (!(cause instanceof EtcdError)) throw cause;
    if (cause.problem === 'unhealthy') return false;
    if (cause.problem === 'memberNotFound') return true;
    throw failed(cause.problem, id);
  }
}

function failed(problem: EtcdError['problem'], id: bigint): EtcdError {
  return new EtcdError(problem, `failed to remove member ${id}`);
}
