import {
  type ApplyConfiguration,
  configuration,
} from '../../../generated/features/configuration.js';
import type { Target } from '../../runtime/target.js';
import { fromMs } from '../../runtime/time.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal, mayHaveRun, rpcError } from '../run/refusals.js';
import { type Comparing, type Configurations, readConfigurations } from './configurations.js';
import type { ApplyConfigurationStep } from './step.js';

/** How a configuration is applied. */
export type ApplyMode = 'NO_REBOOT' | 'STAGED' | 'TRY';

/** A configuration on its way to a node. */
export interface Sending {
  readonly target: Target;
  readonly text: string;
  readonly mode: ApplyMode;
  readonly tryTimeoutMs: number;
  /** What the node has to have still, for the configuration to be sent. */
  readonly before: Configurations;
  readonly comparing: Comparing;
}

/** How often a node is looked at, and how long a look may take. */
const LOOK = { everyMs: 2_000, attemptMs: 15_000 } as const;
/** How long a node may take to apply a configuration. */
const APPLY_MS = 60_000;
/** How long another change gets that is being applied. */
const BUSY_MS = 1_000;
/** A configuration that a node took is in force at once: after this long it has not taken it. */
const TRACELESS_MS = 10_000;
const MOST_SENT = 3;

/**
 * Sends a configuration, unless the node has another one by now than it was made from. When the reply
 * is lost, the node is looked at; it is sent again only if the node has not taken it. Gives the reply
 * of the node, if it came.
 */
export async function send(
  operation: Operation<ApplyConfigurationStep>,
  sending: Sending,
): Promise<ApplyConfiguration | undefined> {
  const { signal, outcome } = operation;
  for (let sent = 1; ; ) {
    await refuseLostUpdate(operation, sending);
    operation.changes();
    try {
      return await apply(sending, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (mayHaveRun(error)) {
        operation.knows('unknown');
        if (await hasTaken(operation, sending)) {
          operation.knows('changed');
          return undefined;
        }
        operation.knows(outcome);
        if (sent === MOST_SENT) throw error;
        sent += 1;
        continue;
      }
      operation.knows(outcome);
      if (rpcError(error)?.status !== 'failed-precondition') throw error;
      // Another change is being applied; if it differs, it is seen before the next try.
      operation.waits('another change of the configuration to end', error);
      await operation.sleep(BUSY_MS);
    }
  }
}

function apply(
  { target, text, mode, tryTimeoutMs }: Sending,
  signal: AbortSignal,
): Promise<ApplyConfiguration> {
  const tried = mode === 'TRY' ? { tryModeTimeout: fromMs(tryTimeoutMs) } : {};
  const request = { data: Buffer.from(text), mode, ...tried };
  return configuration(target).apply(request, { signal, timeoutMs: APPLY_MS });
}

async function refuseLostUpdate(
  operation: Operation<ApplyConfigurationStep>,
  { target, before }: Sending,
): Promise<void> {
  const now = await read(operation, target);
  if (now.active === before.active && now.persistent === before.persistent) return;
  throw operation.failure('the configuration of the node was changed by somebody else', {
    hint: 'look at it and make the change again; nothing was overwritten',
  });
}

/** Looks at a node whose reply was lost: whether it has taken the configuration. */
function hasTaken(
  operation: Operation<ApplyConfigurationStep>,
  { target, text, mode, before, comparing }: Sending,
): Promise<boolean> {
  const since: { at?: number } = {};
  const options = { ...LOOK, what: 'a trace of the change', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => {
    const now = await readConfigurations(target, attempt);
    const isActive = () => comparing.areSame(now.active, text);
    const isPersistent = () => comparing.areSame(now.persistent, text);
    const isThere = {
      NO_REBOOT: () => isActive() && isPersistent(),
      STAGED: isPersistent,
      TRY: isActive,
    };
    if (isThere[mode]()) return { found: true };
    since.at ??= operation.clock.now();
    const isTraceless = operation.clock.now() - since.at >= TRACELESS_MS;
    const isAsBefore = now.active === before.active && now.persistent === before.persistent;
    if (isTraceless && isAsBefore) return { found: false };
    return { missing: isAsBefore ? 'there is none yet' : 'the node has another configuration' };
  });
}

/** Reads the configurations of a node, waiting until it answers. */
export function read(
  operation: Operation<ApplyConfigurationStep>,
  target: Target,
): Promise<Configurations> {
  const options = { ...LOOK, what: 'the node to answer', isFinal: isRefusal };
  return poll(operation, options, async (attempt) => ({
    found: await readConfigurations(target, attempt),
  }));
}
