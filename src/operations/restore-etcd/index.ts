import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { flag } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Target } from '../../runtime/target.js';
import { checkFile } from '../etcd/check-file.js';
import { readOtherControlPlanes } from '../etcd/control-planes.js';
import { type EtcdOnNode, hasEtcd, isWithoutEtcd, readEtcd } from '../etcd/etcd-on-node.js';
import { startEtcd, untilEtcdIsHealthy } from '../etcd/start-etcd.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import { runOperation } from '../run/run-operation.js';
import type { RestoreEtcdStep } from './step.js';
import { upload } from './upload.js';

export type { RestoreEtcdStep } from './step.js';

/** What has to be stated to restore etcd. */
export interface RestoreEtcdOptions extends OperationOptions<RestoreEtcdStep> {
  /**
   * Says that etcd has lost its quorum for good: that no control plane with data of it will ever come
   * back. What was written since the snapshot is lost.
   */
  readonly confirmQuorumLost: true;
}

/** What `restoreEtcd` did. */
export interface RestoredEtcd {
  /** The address of the node. */
  readonly node: string | undefined;
  /** How long the snapshot is. */
  readonly bytes: number;
  /** The SHA-256 of the database in it, hexadecimal. */
  readonly sha256: string;
}

const shape: Shape<RestoreEtcdOptions> = { ...operationShape, confirmQuorumLost: flag };

/** How long another control plane has to say whether it has data. */
const OTHERS_MS = 15_000;

/**
 * Begins etcd anew from a snapshot, on one control plane; the others join it. For a cluster that has
 * lost the majority of its etcd members for good, and for a new cluster that is to have the contents of
 * an old one: its configuration then needs the secrets of the old, above all the key that encrypts
 * secrets of Kubernetes.
 *
 * The snapshot is checked first. The node must have no data of etcd (wipe its partition EPHEMERAL with
 * `reset`), and no other control plane that answers may have any: members with old data would fight the
 * new ones. Those that do not answer are told as a note; wipe them before they come back. The bootstrap
 * is sent once, as by `bootstrapCluster`. It needs `os:admin`.
 *
 * @example
 * ```ts
 * await restoreEtcd(talos.node('10.0.0.2'), 'etcd.snapshot', { confirmQuorumLost: true });
 * ```
 * @param node a control plane, `talos.node(address)`
 * @param path a snapshot as `backupEtcd` or `talosctl etcd snapshot` saves it
 * @throws {TalosConfigError} when `confirmQuorumLost` is not stated, or the file is no whole snapshot
 * @throws {TalosOperationError} when the facts forbid it, or etcd is not healthy within `timeoutMs`
 * (default: 1800000)
 */
export async function restoreEtcd(
  node: Target,
  path: string,
  options: RestoreEtcdOptions,
  parts?: ReconnectParts,
): Promise<RestoredEtcd> {
  checkOptions(options, shape, 'restoreEtcd', '{ confirmQuorumLost: true }');
  if (options.confirmQuorumLost !== true) {
    throw new TalosConfigError(
      'confirmQuorumLost must be stated as true: etcd begins anew from the snapshot, and what was ' +
        'written since is lost',
      { field: 'confirmQuorumLost' },
    );
  }
  const target = checkLastingTarget(node, 'restoreEtcd');
  const setup = { name: 'restoreEtcd', target, options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('check the snapshot');
    const snapshot = await checkFile(path, operation.signal);
    operation.begin('look at the node');
    await refuseData(operation, target);
    operation.begin('look at the others');
    await refuseOthers(operation, target);
    operation.begin('upload');
    await upload(operation, target, path, snapshot);
    operation.begin('bootstrap');
    if ((await startEtcd(operation, target, { recoverEtcd: true })) === 'was there') {
      throw operation.failure('the node has data of etcd, and so it was not restored', {
        hint: 'somebody else has bootstrapped it, or it has joined another control plane',
      });
    }
    operation.begin('wait for etcd');
    await untilEtcdIsHealthy(operation, target);
    return { node: target.address, ...snapshot };
  });
}

/** Waits for the node, and refuses it when it has data. */
function refuseData(operation: Operation<RestoreEtcdStep>, target: Target): Promise<void> {
  const options = {
    what: 'the node to answer',
    everyMs: 2_000,
    attemptMs: OTHERS_MS,
    isFinal: isRefusal,
  };
  return poll(operation, options, async (attempt) => {
    const etcd = await readEtcd(target, attempt);
    if (hasEtcd(etcd)) {
      throw operation.failure('the node has data of etcd', {
        hint: 'reset it with its partition EPHEMERAL wiped; etcd is restored on an empty node only',
      });
    }
    if (etcd.state === undefined) return { missing: 'it has no etcd; is it a control plane?' };
    return { found: undefined };
  });
}

/** Refuses to go on while another control plane has data. */
async function refuseOthers(operation: Operation<RestoreEtcdStep>, target: Target): Promise<void> {
  const { signal } = operation;
  const reading = { what: 'the members of the cluster', everyMs: 2_000, attemptMs: OTHERS_MS };
  const others = await poll(operation, { ...reading, isFinal: isRefusal }, async (attempt) => ({
    found: await readOtherControlPlanes(target, attempt),
  }));
  const withData: string[] = [];
  await Promise.all(
    others.map(async ({ hostname, node }) => {
      let etcd: EtcdOnNode | undefined;
      try {
        etcd = await readEtcd(node, { signal, timeoutMs: OTHERS_MS });
      } catch {
        signal.throwIfAborted();
      }
      const name = `${hostname} (${node.address})`;
      if (etcd !== undefined && hasEtcd(etcd)) withData.push(name);
      else if (etcd === undefined || !isWithoutEtcd(etcd)) {
        const text = `${name} does not say whether it has data: wipe it before it comes back`;
        operation.tell({ type: 'note', text, node: node.address });
      }
    }),
  );
  if (withData.length === 0) return;
  throw operation.failure(`there is data of etcd on ${withData.sort().join(', ')}`, {
    hint:
      'if etcd has its quorum, nothing is to be restored; else reset them with their partition ' +
      'EPHEMERAL wiped, since members with old data would fight the new ones',
  });
}
