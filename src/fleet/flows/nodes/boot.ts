import { events } from '../../../../generated/features/events.js';
import { attempt } from '../../../operations/run/attempt.js';
import type { Operation } from '../../../operations/run/operation.js';
import { poll } from '../../../operations/run/poll.js';
import { isRefusal } from '../../../operations/run/refusals.js';
import type { TrackedAction } from '../../../operations/track/action.js';
import { type BootMark, isSameBoot } from '../../../operations/track/boot-mark.js';
import { type Look, lookAfresh } from '../../../operations/track/look.js';
import { tracked } from '../../../operations/track/tracked.js';
import { Tracker } from '../../../operations/track/tracker.js';
import type { Target } from '../../../runtime/target.js';
import type { NodeWork } from './node-steps.js';

/** What tells the boot of a node from those before and after, as it is remembered. */
export type RememberedBoot = {
  readonly bootId?: string | undefined;
  /** Seconds since 1970, where the id of the boot is not told. */
  readonly bootTime?: number | undefined;
  /** Who the node is, in the discovery of the cluster. */
  readonly nodeId?: string | undefined;
  /** The id of an event from before whatever is done next. */
  readonly eventId: string;
};

const LOOK = { everyMs: 3_000, attemptMs: 15_000, isFinal: isRefusal } as const;
const GREETING_MS = 15_000;

/** A node that shows no sign of a reboot for so long was not asked for it. Milliseconds. */
const SIGN_MS = 60_000;

/** Notes the boot that a node is in, before it is taken down. */
export async function noteBoot({ node, operation }: NodeWork): Promise<RememberedBoot> {
  const { boot, nodeId } = await untilSeen(operation, node);
  const eventId = await attempt(operation, GREETING_MS, async ({ signal }) => {
    // The greeting of the stream has the id that an event would have now.
    for await (const { id } of events(node).watch({}, { signal })) return id;
    throw new Error('the node ended the stream of its events at once');
  });
  return { ...boot, nodeId, eventId };
}

/** Whether a node is in another boot than the noted one, as far as that can be told. */
export function isOtherBoot(one: RememberedBoot, other: RememberedBoot): boolean {
  return isSameBoot(lookOf(one).boot, lookOf(other).boot) === false;
}

/**
 * Has a node do something that takes it down, once, and waits until it is in another boot. After an
 * attempt of which nobody knows whether it sent it, the node is looked at first: another boot means that
 * it was done; a sign of it is followed to its end; only without a sign it is sent.
 */
export async function takeDown(
  { node, operation, attempt: { previous }, confirm }: NodeWork,
  before: RememberedBoot,
  action: TrackedAction,
): Promise<null> {
  const look = lookOf(before);
  if (previous === 'unknown') {
    const { signMs = SIGN_MS } = action;
    const sent = { ...action, signMs, since: before.eventId };
    const seen = await tracked(operation, node, sent, (tracker) => tracker.adopt(look));
    if (seen !== undefined) return null;
    operation.knows('unchanged');
  }
  const now = await untilSeen(operation, node);
  checkIdentity(operation, look, now);
  if (isSameBoot(look.boot, now.boot) === false) return null;
  const { tracker, boot } = await followed(operation, node, action);
  try {
    if (isSameBoot(look.boot, boot) === false) return null;
    await confirm();
    await tracker.send();
    await tracker.untilRebooted();
    return null;
  } finally {
    tracker.stop();
  }
}

/** What tracks an action, begun: a node that does not tell its events at once is asked again. */
function followed(
  operation: Operation<string>,
  node: Target,
  action: TrackedAction,
): Promise<{ readonly tracker: Tracker<string>; readonly boot: BootMark }> {
  return poll(operation, { ...LOOK, what: 'the node to tell its events' }, async () => {
    const tracker = new Tracker<string>(operation, node, action);
    try {
      const { boot } = await tracker.begin();
      return { found: { tracker, boot } };
    } catch (error) {
      tracker.stop();
      throw error;
    }
  });
}

/** Waits until a node is running and ready in another boot. */
export async function untilBack(
  { node, operation }: NodeWork,
  before: RememberedBoot,
): Promise<null> {
  const look = lookOf(before);
  await poll(operation, { ...LOOK, what: 'the node to be ready' }, async () => {
    const now = await lookAfresh(operation, node);
    checkIdentity(operation, look, now);
    if (isSameBoot(look.boot, now.boot) === true)
      return { missing: 'it is in the boot from before' };
    const isReady = now.stage === 'running' && now.ready;
    return isReady ? { found: null } : { missing: [now.stage, ...now.unmet].join('; ') };
  });
  return null;
}

function untilSeen(operation: Operation<string>, node: Target): Promise<Look> {
  return poll(operation, { ...LOOK, what: 'the node to answer' }, async () => ({
    found: await lookAfresh(operation, node),
  }));
}

function checkIdentity(operation: Operation<string>, before: Look, now: Look): void {
  if (before.nodeId === undefined || now.nodeId === undefined) return;
  if (before.nodeId === now.nodeId) return;
  throw operation.failure('another node answers at this address now', {
    hint: 'it may be a virtual IP: name nodes by addresses of their own',
  });
}

function lookOf({ bootId, bootTime, nodeId }: RememberedBoot): Look {
  return { boot: { bootId, bootTime }, nodeId, stage: 'running', ready: true, unmet: [] };
}
