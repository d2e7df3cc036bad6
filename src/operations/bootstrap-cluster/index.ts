import { MachineType } from '../../../generated/cosi/kinds/config.js';
import { cosi } from '../../cosi/cosi.js';
import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { checkOptions } from '../../runtime/arguments/options.js';
import type { Target } from '../../runtime/target.js';
import { readOtherControlPlanes } from '../etcd/control-planes.js';
import { readEtcd } from '../etcd/etcd-on-node.js';
import { startEtcd, untilEtcdIsHealthy } from '../etcd/start-etcd.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import { runOperation } from '../run/run-operation.js';

/**
 * The steps of `bootstrapCluster`: the node is waited for and its role read, the other control planes
 * are looked at, etcd is begun, and it is waited for until it is healthy.
 */
export type BootstrapClusterStep =
  | 'look at the node'
  | 'look at the others'
  | 'bootstrap'
  | 'wait for etcd';

/** What `bootstrapCluster` did. */
export interface BootstrappedCluster {
  /** The address of the node. */
  readonly node: string | undefined;
  /** Whether there was nothing to do: the node had etcd already. */
  readonly wasBootstrapped: boolean;
}

/**
 * Bootstraps a cluster: begins etcd on one control plane, once in the life of the cluster. Ends well
 * when etcd is healthy there, also if it was bootstrapped before. A node that is not ready yet is
 * waited for; so is a control plane that does not answer, since it might have the etcd of the cluster.
 *
 * Refused are workers, and nodes of a cluster whose etcd is on another control plane: a second
 * bootstrap would make a second cluster. That is known from the members that the node has discovered;
 * where their discovery is switched off in the configuration, nobody can tell.
 *
 * The bootstrap is sent once. When its reply is lost, the node is looked at, and it is sent again
 * only if it has left no trace. It needs `os:admin`.
 *
 * @example
 * ```ts
 * const { wasBootstrapped } = await bootstrapCluster(talos.node('10.0.0.2'));
 * ```
 * @param node a control plane, `talos.node(address)`
 * @throws {TalosConfigError} for a target that is no named node
 * @throws {TalosOperationError} when the node is refused, or etcd is not healthy within `timeoutMs`
 * (default: 600000)
 */
export async function bootstrapCluster(
  node: Target,
  options: OperationOptions<BootstrapClusterStep> = {},
  parts?: ReconnectParts,
): Promise<BootstrappedCluster> {
  checkOptions(options, operationShape, 'bootstrapCluster');
  const target = checkLastingTarget(node, 'bootstrapCluster');
  const setup = { name: 'bootstrapCluster', target, options, defaultTimeoutMs: 600_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('look at the node');
    const hadEtcd = await untilControlPlane(operation, target);
    if (!hadEtcd) {
      operation.begin('look at the others');
      await refuseSecond(operation, target);
    }
    operation.begin('bootstrap');
    const start = hadEtcd
      ? 'was there'
      : await startEtcd(operation, target, { recoverEtcd: false });
    operation.begin('wait for etcd');
    await untilEtcdIsHealthy(operation, target);
    return { node: target.address, wasBootstrapped: start === 'was there' };
  });
}

/** Waits for a configured node; gives whether it has etcd. */
function untilControlPlane(
  operation: Operation<BootstrapClusterStep>,
  target: Target,
): Promise<boolean> {
  const options = {
    what: 'the node to answer as a control plane',
    everyMs: 2_000,
    attemptMs: 15_000,
    isFinal: isRefusal,
  };
  return poll(operation, options, async (attempt) => {
    const { spec: type } = await cosi(target).get(MachineType, undefined, attempt);
    if (type === 'worker') {
      throw operation.failure('it is a worker', { hint: 'bootstrap one of the control planes' });
    }
    if (type === 'unknown') return { missing: 'it has no configuration yet' };
    const { hasData, state } = await readEtcd(target, attempt);
    return { found: hasData || state === 'Running' };
  });
}

/** Refuses a node when another control plane has etcd, and waits for those that cannot say. */
async function refuseSecond(
  operation: Operation<BootstrapClusterStep>,
  target: Target,
): Promise<void> {
  const times = { everyMs: 3_000, attemptMs: 15_000, isFinal: isRefusal };
  const reading = { ...times, what: 'the members of the cluster' };
  const others = await poll(operation, reading, async (attempt) => ({
    found: await readOtherControlPlanes(target, attempt),
  }));
  await Promise.all(
    others.map(({ hostname, node }) => {
      const what = `${hostname} to tell whether it has etcd`;
      return poll(operation, { ...times, what, node: node.address }, async (attempt) => {
        const { hasData, state } = await readEtcd(node, attempt);
        if (!hasData && state !== 'Running') return { found: undefined };
        throw operation.failure(`${hostname} (${node.address}) has etcd already`, {
          hint: 'a control plane joins by itself; a second bootstrap would make a second cluster',
        });
      });
    }),
  );
}
