import { messageOf } from '../../runtime/errors/message-of.js';
import type { Operation } from '../run/operation.js';
import { neverMends } from '../run/refusals.js';

import {
  type HealthCheck,
  type HealthCheckName,
  type HealthSubject,
  type NodeHealth,
  SkippedCheck,
} from './check.js';

/** What a check came to. */
export interface CheckedHealth {
  readonly name: HealthCheckName;
  /** `skipped` when it does not apply to the cluster, or the role of the client does not allow it. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason: string | undefined;
  /** What was found last, for each node that it looks at. */
  readonly nodes: readonly NodeHealth[];
}

/** How checks are made. */
export interface CheckSettings {
  /** Whether what does not hold is waited for. */
  readonly wait: boolean;
  readonly intervalMs: number;
  readonly attemptTimeoutMs: number;
}

/** Makes a check: once, or again and again until it holds or the operation ends. */
export async function checked<Step extends string>(
  operation: Operation<Step | HealthCheckName>,
  check: HealthCheck,
  subject: HealthSubject,
  { wait, intervalMs, attemptTimeoutMs }: CheckSettings,
): Promise<CheckedHealth> {
  const { name, what } = check;
  const { signal } = operation;
  for (;;) {
    let nodes: readonly NodeHealth[];
    try {
      nodes = await check.look(subject, { signal, timeoutMs: attemptTimeoutMs });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SkippedCheck) {
        return { name, status: 'skipped', reason: error.message, nodes: [] };
      }
      if (neverMends(error)) throw error;
      nodes = [{ node: undefined, problem: messageOf(error) }];
    }
    const failing = nodes.filter(({ problem }) => problem !== undefined);
    if (failing.length === 0) return { name, status: 'passed', reason: undefined, nodes };
    if (!wait) return { name, status: 'failed', reason: undefined, nodes };
    operation.waits(what, failing.map(told).join('; '), failing[0]?.node);
    await operation.sleep(intervalMs);
  }
}

function told({ node, problem }: NodeHealth): string {
  return node === undefined ? String(problem) : `${node}: ${problem}`;
}
