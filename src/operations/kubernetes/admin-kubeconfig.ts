import { cluster } from '../../../generated/features/cluster.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Target } from '../../runtime/target.js';
import { readSingleFile } from '../archive/read-single-file.js';
import { isControlPlane, readMembers } from '../members/read-members.js';
import type { Operation } from '../run/operation.js';
import { otherNode } from '../run/other-node.js';
import { rpcError } from '../run/refusals.js';

/** How long one node has to make a kubeconfig. */
const KUBECONFIG_MS = 30_000;
/** A kubeconfig has about 6 KiB. */
const MOST_BYTES = 1024 * 1024;

/** A control plane, by what the members of the cluster say of it. */
export interface ControlPlane {
  readonly address: string;
  /** The port of its API server. */
  readonly port: number;
}

/** The control planes that a node knows; none where the discovery of members is switched off. */
export async function controlPlanesOf(
  target: Target,
  signal: AbortSignal,
): Promise<readonly ControlPlane[]> {
  const members = await readMembers(target, { signal });
  return members.filter(isControlPlane).map(({ address, apiServerPort = 6443 }) => {
    return { address, port: apiServerPort };
  });
}

/**
 * The text of a new kubeconfig of an admin. A worker gives none, so that control planes beside it are
 * asked: the target first, where it is one.
 *
 * @throws {TalosOperationError} when none gives one, with what the last one said
 */
export async function adminKubeconfig<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  controlPlanes: readonly ControlPlane[],
): Promise<string> {
  const { signal } = operation;
  const own = controlPlanes.some(({ address }) => address === target.address);
  const others = controlPlanes
    .filter(({ address }) => address !== target.address)
    .map(({ address }) => otherNode(target, address));
  const asksTarget = own || target.address === undefined || others.length === 0;
  let last: unknown;
  for (const node of asksTarget ? [target, ...others] : others) {
    try {
      const archive = cluster(node).kubeconfig({}, { signal, timeoutMs: KUBECONFIG_MS });
      return Buffer.from(await readSingleFile(archive, MOST_BYTES)).toString('utf8');
    } catch (error) {
      signal.throwIfAborted();
      last = error;
      if (isTalosError(error) && error.code === 'closed') throw error;
      if (rpcError(error)?.status === 'permission-denied') break;
    }
  }
  const text = messageOf(last);
  throw operation.failure(`no kubeconfig: ${text}`, {
    cause: last,
    hint: hints[rpcError(last)?.status ?? ''],
  });
}

const hints: Readonly<Record<string, string>> = {
  'permission-denied': 'only os:admin gets a kubeconfig; pass your own client as `kubernetes`',
  unimplemented: 'the node is a worker that knows no control plane; call a control plane',
};
