import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { cosi } from '../../cosi/cosi.js';
import { freshTarget } from '../../runtime/fresh-target.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { ApplyConfigurationStep } from './step.js';

/** What a check of the caller gets. */
export interface CheckAttempt {
  /** Ends with the operation, and when the configuration is about to be reverted. */
  readonly signal: AbortSignal;
}

/** Says whether a node is well: `false` or an error means that it is not. */
export type ConfigurationCheck = (node: Target, attempt: CheckAttempt) => unknown;

/** What a node says of itself. */
interface Status {
  readonly stage: string;
  readonly unmet: readonly string[];
}

/**
 * The check of those who bring none: the node answers over a new connection, is as far as it was, and
 * misses nothing that it did not miss before.
 */
export async function ownCheck(
  operation: Operation<ApplyConfigurationStep>,
  target: Target,
): Promise<ConfigurationCheck> {
  const before = await readStatus(target, operation.signal);
  return async (node) => {
    const fresh = freshTarget(node);
    const options = {
      what: 'the node to be as well as before',
      everyMs: 2_000,
      attemptMs: 10_000,
      isFinal: isRefusal,
    };
    try {
      await poll(operation, options, async (attempt) => {
        const now = await readStatus(fresh, attempt.signal);
        const worse = now.unmet.filter((name) => !before.unmet.includes(name));
        if (now.stage === before.stage && worse.length === 0) return { found: undefined };
        return {
          missing: `${now.stage}${worse.length > 0 ? `, without ${worse.join(', ')}` : ''}`,
        };
      });
    } finally {
      await fresh.close();
    }
  };
}

async function readStatus(target: Target, signal: AbortSignal): Promise<Status> {
  const { spec } = await cosi(target).get(MachineStatus, undefined, { signal, timeoutMs: 10_000 });
  return { stage: spec.stage, unmet: spec.status.unmetConditions.map(({ name }) => name) };
}
