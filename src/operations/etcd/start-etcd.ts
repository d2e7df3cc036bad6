import { lifecycle } from '../../../generated/features/lifecycle.js';
import { readBootId } from '../../reconnect/boot-id.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal, mayHaveRun, rpcError } from '../run/refusals.js';
import { type EtcdOnNode, hasEtcd, readEtcd } from './etcd-on-node.js';

/** How often a node is looked at, and how long a look may take. */
const LOOK = { everyMs: 2_000, attemptMs: 15_000 } as const;
/** How long a node that is not ready yet is left alone. */
const NOT_READY_MS = 5_000;
/** A bootstrap that runs shows in its service at once: after this long there was none. */
const TRACELESS_MS = 20_000;
/** A node that was rebooted in the middle finishes what it had written; else it begins anew. */
const REBOOTED_MS = 60_000;
/** How often a bootstrap is sent that has left no trace. */
const MOST_SENT = 3;

/** Whether this call began etcd, or there was data of etcd already. */
export type EtcdStart = 'began' | 'was there';

interface Snapshot {
  readonly etcd: EtcdOnNode;
  readonly bootId: string | undefined;
}

/**
 * Begins etcd on a node, as a cluster of one. A node that is not ready yet is waited for. When the
 * reply is lost, the node is looked at: it is sent again only if it has left no trace there.
 */
export async function startEtcd<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  { recoverEtcd }: { readonly recoverEtcd: boolean },
): Promise<EtcdStart> {
  const { signal } = operation;
  for (let sent = 1; ; sent += 1) {
    const before = await look(operation, target);
    if (before.etcd.hasData) return 'was there';
    try {
      operation.changes();
      await untilTaken(operation, target, recoverEtcd);
      return 'began';
    } catch (error) {
      signal.throwIfAborted();
      if (rpcError(error)?.status === 'already-exists') {
        operation.knows('unchanged');
        return 'was there';
      }
      if (!mayHaveRun(error)) throw error;
      operation.knows('unknown');
      if (await hasBegun(operation, target, before)) {
        operation.knows('changed');
        return 'began';
      }
      operation.knows('unchanged');
      if (sent === MOST_SENT) throw error;
    }
  }
}

/** Waits until etcd on a node is healthy. What has failed for good ends it. */
export function untilEtcdIsHealthy<Step extends string>(
  operation: Operation<Step>,
  target: Target,
): Promise<EtcdOnNode> {
  const options = { ...LOOK, what: 'etcd to be healthy', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => {
    const etcd = await readEtcd(target, attempt);
    if (etcd.isHealthy) return { found: etcd };
    if (etcd.state === 'Failed') {
      throw operation.failure(`etcd does not start: ${etcd.message}`, {
        hint: 'logs(node).logs({ namespace: "system", id: "etcd" }) has more',
      });
    }
    return { missing: etcd.message };
  });
}

function look<Step extends string>(operation: Operation<Step>, target: Target): Promise<Snapshot> {
  const options = { ...LOOK, what: 'the node to answer', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => ({ found: await read(target, attempt) }));
}

async function read(target: Target, options: CallOptions): Promise<Snapshot> {
  const [etcd, bootId] = await Promise.all([
    readEtcd(target, options),
    readBootId(target, options),
  ]);
  return { etcd, bootId };
}

/** Sends it until the node takes it: what a node refuses as too early has not run. */
async function untilTaken<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  recoverEtcd: boolean,
): Promise<void> {
  const { signal } = operation;
  for (;;) {
    try {
      return await lifecycle(target).bootstrap({ recoverEtcd }, { signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!isTooEarly(error)) throw refused(operation, error);
      operation.knows('unchanged');
      operation.waits('the node to be ready for bootstrap', error);
      await operation.sleep(NOT_READY_MS);
      operation.changes();
    }
  }
}

function isTooEarly(error: unknown): boolean {
  if (mayHaveRun(error)) return false;
  const status = rpcError(error)?.status;
  return (
    status === 'failed-precondition' || status === 'unavailable' || status === 'resource-exhausted'
  );
}

/** What is known of a refusal, for what nobody else explains. */
function refused<Step extends string>(operation: Operation<Step>, error: unknown): unknown {
  const failed = rpcError(error);
  if (failed === undefined || mayHaveRun(error) || failed.status === 'already-exists') return error;
  const hints: Partial<Record<string, string>> = {
    unimplemented: 'only control planes are bootstrapped; is it one, and has it a configuration?',
    'invalid-argument': 'its configuration has no CA for etcd',
    'permission-denied': 'the role os:admin is needed',
  };
  return operation.failure(failed.message, {
    outcome: 'unchanged',
    cause: error,
    hint: hints[failed.status],
  });
}

/** Looks at a node whose reply was lost: whether etcd has begun there since `before`. */
async function hasBegun<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  before: Snapshot,
): Promise<boolean> {
  let since: { readonly bootId: string | undefined; readonly at: number } | undefined;
  const options = { ...LOOK, what: 'a trace of the bootstrap', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => {
    const { etcd, bootId } = await read(target, attempt);
    if (hasEtcd(etcd)) return { found: true };
    const now = operation.clock.now();
    if (since?.bootId !== bootId) since = { bootId, at: now };
    const passed = now - (since?.at ?? now);
    if (bootId !== before.bootId) {
      return passed < REBOOTED_MS ? { missing: `rebooted; ${etcd.message}` } : { found: false };
    }
    if (etcd.lastEvent !== before.etcd.lastEvent) return { missing: etcd.message };
    return passed < TRACELESS_MS ? { missing: 'there is none yet' } : { found: false };
  });
}
