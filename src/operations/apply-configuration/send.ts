import {
  type ApplyConfiguration,
  configuration,
} from '../../../generated/features/configuration.js';
import type { Target } from '../../runtime/target.js';
import { fromMs } from '../../runtime/time.js';
import { sendConfiguration } from '../configuration/send-configuration.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
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
  /** Awaited right before it is sent. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** How often a node is looked at, and how long a look may take. */
const LOOK = { everyMs: 2_000, attemptMs: 15_000 } as const;
/** A configuration that a node took is in force at once: after this long it has not taken it. */
const TRACELESS_MS = 10_000;

/**
 * Sends a configuration, unless the node has another one by now than it was made from. When the reply
 * is lost, the node is looked at; it is sent again only if the node has not taken it. Gives the reply
 * of the node, if it came.
 */
export function send(
  operation: Operation<ApplyConfigurationStep>,
  sending: Sending,
): Promise<ApplyConfiguration | undefined> {
  const { target, text, mode, tryTimeoutMs } = sending;
  const tried = mode === 'TRY' ? { tryModeTimeout: fromMs(tryTimeoutMs) } : {};
  const request = { data: Buffer.from(text), mode, ...tried };
  return sendConfiguration(operation, {
    // Another change that is waited for, and differs, is seen before the next try.
    check: () => refuseLostUpdate(operation, sending),
    send: async (call) => {
      await sending.confirm?.();
      return configuration(target).apply(request, call);
    },
    wasTaken: () => hasTaken(operation, sending),
    otherChange: 'another change of the configuration to end',
  });
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
