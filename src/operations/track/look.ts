import { Identity } from '../../../generated/cosi/kinds/cluster.js';
import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { cosi } from '../../cosi/cosi.js';
import type { CallOptions } from '../../runtime/call-options.js';
import { freshTarget } from '../../runtime/fresh-target.js';
import type { Target } from '../../runtime/target.js';
import { attempt } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';
import { rpcError } from '../run/refusals.js';
import { type BootMark, readBootMark } from './boot-mark.js';

/** How long a look may take, in milliseconds. */
const LOOK_MS = 10_000;

/** A node as it was seen. */
export interface Look {
  readonly boot: BootMark;
  /** Who it is, in the discovery of the cluster; absent where it has no identity, or does not tell. */
  readonly nodeId: string | undefined;
  /** Such as `running` or `booting`. */
  readonly stage: string;
  readonly ready: boolean;
  /** What it says that it waits for. */
  readonly unmet: readonly string[];
}

/**
 * Looks at a node over a connection of its own: one from before a reboot may seem alive for a long
 * time although the node is gone.
 *
 * @throws the error of the call that was not answered
 */
export function lookAfresh<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<Look> {
  return attempt(operation, LOOK_MS, async (call) => {
    const fresh = freshTarget(node);
    try {
      // The boot first: what is read afterwards is of that boot or of a later one.
      const boot = await readBootMark(fresh, call);
      const [nodeId, status] = await Promise.all([
        readNodeId(fresh, call),
        readStatus(fresh, call),
      ]);
      return { boot, nodeId, ...status };
    } finally {
      await fresh.close();
    }
  });
}

async function readNodeId(node: Target, call: CallOptions): Promise<string | undefined> {
  const identity = await orRefused(cosi(node).find(Identity, undefined, call));
  return identity?.spec.nodeId;
}

async function readStatus(
  node: Target,
  call: CallOptions,
): Promise<Pick<Look, 'stage' | 'ready' | 'unmet'>> {
  const found = await orRefused(cosi(node).find(MachineStatus, undefined, call));
  if (found === undefined) return { stage: 'unknown', ready: false, unmet: [] };
  const { stage, status } = found.spec;
  return {
    stage,
    ready: status.ready,
    unmet: status.unmetConditions.map(({ name, reason }) => `${name}: ${reason}`),
  };
}

/** Nothing where the node answers, but not with this. */
async function orRefused<T>(reading: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const status = rpcError(error)?.status;
    if (status === 'permission-denied' || status === 'unimplemented') return undefined;
    throw error;
  }
}
