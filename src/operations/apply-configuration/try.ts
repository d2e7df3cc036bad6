import { messageOf } from '../../runtime/errors/message-of.js';
import { unlessAborted } from '../../runtime/unless-aborted.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import type { ConfigurationCheck } from './check-node.js';
import { readConfigurations } from './configurations.js';
import { read, type Sending, send } from './send.js';
import type { ApplyConfigurationStep } from './step.js';

/** How long a node may be late with going back. */
const LATE_MS = 30_000;

/**
 * Checks a node whose configuration is being tried, and confirms that configuration: the same bytes
 * with `NO_REBOOT`. When the check fails, nothing is sent, and the node goes back by itself; that is
 * waited for.
 *
 * @param until when half of the time to try is over, on the clock of the operation
 */
export async function checkAndConfirm(
  operation: Operation<ApplyConfigurationStep>,
  sending: Sending,
  check: ConfigurationCheck,
  until: number,
): Promise<readonly string[] | undefined> {
  operation.begin('check');
  try {
    await limited(operation, until, async (signal) => {
      if ((await check(sending.target, { signal })) === false) throw new Error('it gave false');
    });
  } catch (error) {
    operation.signal.throwIfAborted();
    throw await wentBack(operation, sending, error);
  }
  operation.begin('confirm');
  const now = await read(operation, sending.target);
  if (!sending.comparing.areSame(now.active, sending.text)) {
    throw operation.failure('the configuration that was tried is not in force any more', {
      outcome: now.active === sending.before.active ? 'unchanged' : 'changed',
      hint: 'somebody else has changed it, or the time to try is too short for the check',
    });
  }
  const before = { ...now, persistent: sending.before.persistent };
  return (await send(operation, { ...sending, mode: 'NO_REBOOT', before }))?.warnings;
}

/** Waits until the node has the configuration from before; gives the failure that it was for. */
async function wentBack(
  operation: Operation<ApplyConfigurationStep>,
  { target, tryTimeoutMs, before }: Sending,
  cause: unknown,
): Promise<unknown> {
  const text = messageOf(cause);
  const failed = (what: string, outcome: 'unchanged' | 'changed', hint?: string) =>
    operation.failure(`the check failed: ${text}; ${what}`, { outcome, cause, hint });
  operation.begin('go back');
  const options = { what: 'the node to go back', everyMs: 2_000, attemptMs: 10_000 };
  const end = operation.clock.now() + tryTimeoutMs + LATE_MS;
  const isBack = await poll(operation, { ...options, isFinal: isRefusal }, async (attempt) => {
    try {
      const { active } = await readConfigurations(target, attempt);
      if (active === before.active) return { found: true };
    } catch (error) {
      if (operation.clock.now() < end) throw error;
    }
    return operation.clock.now() < end ? { missing: 'not yet' } : { found: false };
  });
  if (isBack) return failed('the node has its configuration from before', 'unchanged');
  return failed(
    'the node did not go back to its configuration from before',
    'changed',
    'any other change keeps what is tried until the next boot; look at the node',
  );
}

/** Runs a check until a time of the operation's clock, also one that does not look at its signal. */
function limited(
  operation: Operation<ApplyConfigurationStep>,
  until: number,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const left = Math.max(1, until - operation.clock.now());
  return operation.within(left, () => {
    const { signal } = operation;
    return unlessAborted(signal, () => run(signal));
  });
}
