import { Identity } from '../../../generated/cosi/kinds/cluster.js';
import { MachineType } from '../../../generated/cosi/kinds/config.js';
import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { TalosNode } from '../../runtime/target.js';
import { readOtherControlPlanes } from '../etcd/control-planes.js';
import { readEtcd } from '../etcd/etcd-on-node.js';
import type { Operation } from '../run/operation.js';
import { type Look, poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { ProvisionStep } from './step.js';

/** What a node is when it has its configuration. */
export interface NewNode {
  /** `controlplane` or `worker`. */
  readonly type: string;
  readonly hostname: string;
  /** Its id in the discovery of the cluster, which stays across reboots. */
  readonly nodeId: string;
  /** `running`; or `booting`, for a control plane that waits for the bootstrap of its cluster. */
  readonly stage: string;
  /** Whether its cluster has no etcd yet: `bootstrapCluster` is next, for one control plane. */
  readonly awaitsBootstrap: boolean;
}

/**
 * Waits until a node runs. A control plane does not before its cluster is bootstrapped: without etcd
 * anywhere, it is enough that the node waits for it.
 */
export function untilUp(operation: Operation<ProvisionStep>, node: TalosNode): Promise<NewNode> {
  const options = {
    what: 'the node to be up',
    everyMs: 2_000,
    attemptMs: 15_000,
    isFinal: isRefusal,
  };
  return poll(operation, options, async (attempt): Promise<Look<NewNode>> => {
    const resources = cosi(node);
    const [{ spec: status }, { spec: type }] = await Promise.all([
      resources.get(MachineStatus, undefined, attempt),
      resources.get(MachineType, undefined, attempt),
    ]);
    const { stage } = status;
    const mayAwait = stage === 'booting' && type !== 'worker';
    const awaitsBootstrap = mayAwait && (await isFirst(operation, node, attempt));
    if (stage !== 'running' && !awaitsBootstrap) return { missing: stage };
    const [{ spec: identity }, { hostname }] = await Promise.all([
      resources.get(Identity, undefined, attempt),
      system(node).hostname({}, attempt),
    ]);
    const { nodeId } = identity;
    return { found: { type, hostname, nodeId, stage, awaitsBootstrap } };
  });
}

/** Whether a node waits for etcd to begin, and does not join one that is on another node. */
async function isFirst(
  { signal }: Operation<ProvisionStep>,
  node: TalosNode,
  attempt: CallOptions,
): Promise<boolean> {
  const { hasData, state } = await readEtcd(node, attempt);
  if (hasData || state !== 'Preparing') return false;
  const others = await readOtherControlPlanes(node, attempt);
  const withEtcd = await Promise.all(
    others.map(async (other) => {
      try {
        const found = await readEtcd(other.node, attempt);
        return found.hasData || found.state === 'Running';
      } catch {
        signal.throwIfAborted();
        return false;
      }
    }),
  );
  return !withEtcd.includes(true);
}
