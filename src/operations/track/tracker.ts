import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { Target } from '../../runtime/target.js';
import { unlessAborted } from '../../runtime/unless-aborted.js';
import { attempt } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';
import type { TrackedAction, TrackStep } from './action.js';
import { isBlank, isSameBoot } from './boot-mark.js';
import { EventWatch } from './event-watch.js';
import { type Look, lookAfresh } from './look.js';
import { outcomeOfCall } from './outcome.js';

/** How often is looked whether there is news, and how often at the node. Milliseconds. */
const TURN_MS = 1_000;
const LOOK_EVERY_MS = 3_000;

const SUBSCRIBE_MS = 30_000;
const REPLY_MS = 30_000;

/** A node waits for a minute for what it runs to end; then it refuses. A bit longer. */
const SIGN_MS = 75_000;

/** A node is off when it does not answer so many looks in a row. */
const SILENT_LOOKS = 3;

/** Stages of a node that is about to go down. */
const endings: ReadonlySet<string> = new Set([
  'rebooting',
  'shutting down',
  'resetting',
  'upgrading',
]);

/**
 * Follows what becomes of an action that takes a node down: by its events, and by looking at the
 * node over fresh connections. The boot decides, never the end of a stream.
 */
export class Tracker<Step extends string> {
  readonly #operation: Operation<Step | TrackStep>;
  readonly #node: Target;
  readonly #action: TrackedAction;
  readonly #watch: EventWatch<Step | TrackStep>;
  #before: Look | undefined;
  #sentAt = 0;
  #lost: unknown;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #unanswered = 0;
  /** Why the last look was not answered. */
  #problem: unknown;
  #wasGone = false;
  /** Whether the node was seen at one of its last stages. */
  #endsByStage = false;

  constructor(operation: Operation<Step | TrackStep>, node: Target, action: TrackedAction) {
    this.#operation = operation;
    this.#node = checkLastingTarget(node, operation.name);
    this.#action = action;
    this.#watch = new EventWatch(operation, node, action);
  }

  /**
   * Looks at the node and subscribes to its events. Afterwards nothing of the action can be missed.
   *
   * @returns the node before the action
   */
  async begin(): Promise<Look> {
    const operation = this.#operation;
    operation.begin('look');
    const before = await lookAfresh(operation, this.#node);
    this.#before = before;
    await attempt(operation, SUBSCRIBE_MS, ({ signal }) =>
      unlessAborted(signal, () => this.#watch.begin()),
    );
    return before;
  }

  /**
   * Sends the action, once. When the reply is lost, that is no error: the node tells what became of it.
   *
   * @throws what the node refused it with
   */
  async send(): Promise<void> {
    const operation = this.#operation;
    const { signs } = this.#watch;
    operation.begin('send');
    operation.changes();
    signs.sending();
    const { send, replyMs = REPLY_MS } = this.#action;
    try {
      signs.acknowledged(await attempt(operation, replyMs, send));
    } catch (error) {
      const known = outcomeOfCall(error);
      operation.knows(known);
      operation.signal.throwIfAborted();
      if (known !== 'unknown') throw error;
      this.#lost = error;
      signs.replyLost();
      const text = messageOf(error);
      operation.tell({ type: 'note', text: `the reply was lost: ${text}` });
    }
    this.#sentAt = operation.clock.now();
    operation.begin('stop');
  }

  /**
   * Takes up an action that a process sent that is gone, as one whose reply was lost. Whether it sent it
   * at all, the node tells.
   *
   * @param before the node as it was before
   * @returns the node in another boot; nothing when there is no sign of the action for `signMs`
   */
  async adopt(before: Look): Promise<Look | undefined> {
    const operation = this.#operation;
    const { signs } = this.#watch;
    this.#before = before;
    this.#lost = new Error('it was sent by a process that has ended');
    this.#sentAt = operation.clock.now();
    operation.knows('unknown');
    operation.begin('stop');
    signs.sending();
    signs.replyLost();
    // The node may be down: its events come when it answers, and what ends them is looked at below.
    this.#watch.begin().catch(() => {});
    for (;;) {
      const seen = await this.#turn();
      if (seen !== undefined) {
        if (this.#sees(seen)) return seen;
        if (this.#isWithoutSign(seen)) return undefined;
      }
      await operation.sleep(TURN_MS);
    }
  }

  /**
   * Waits until the node is in another boot.
   *
   * @returns the node in that boot
   */
  async untilRebooted(): Promise<Look> {
    for (;;) {
      const seen = await this.#turn();
      if (seen !== undefined) {
        if (this.#sees(seen)) return seen;
        this.#checkSigns(seen);
      }
      await this.#operation.sleep(TURN_MS);
    }
  }

  /** Waits until the node, which is in another boot, is running and ready. */
  async untilReady(seen: Look): Promise<Look> {
    const operation = this.#operation;
    operation.begin('ready');
    let latest = seen;
    const wanted = this.#before?.stage === 'maintenance' ? 'maintenance' : 'running';
    while (latest.stage !== wanted || !latest.ready) {
      operation.waits('the node to be ready', [latest.stage, ...latest.unmet].join('; '));
      await operation.sleep(LOOK_EVERY_MS);
      this.#throwIfEnded();
      const next = await this.#look();
      if (next === undefined) continue;
      this.#checkIdentity(next);
      latest = next;
    }
    return latest;
  }

  /** Waits until the node went down and does not answer any more. */
  async untilOff(): Promise<void> {
    const operation = this.#operation;
    for (;;) {
      const seen = await this.#turn();
      if (seen !== undefined) {
        this.#checkIdentity(seen);
        if (this.#isRebooted(seen)) {
          operation.knows('changed');
          throw operation.failure('the node is up again, in another boot', {
            hint: 'something turned it on again, or another action rebooted it',
          });
        }
        this.#checkSigns(seen);
      } else if (this.#unanswered >= SILENT_LOOKS && this.#began) {
        operation.knows('changed');
        return;
      }
      await operation.sleep(TURN_MS);
    }
  }

  /**
   * Waits until the node is what it was wiped to be: `find` looks for that in another way than by the
   * credentials of the operation, which reach the node only as it was.
   */
  async untilWiped<T>(find: () => Promise<T | undefined>): Promise<T> {
    const operation = this.#operation;
    for (;;) {
      const seen = await this.#turn();
      if (seen !== undefined && seen.stage !== 'maintenance') {
        if (this.#isRebooted(seen)) {
          operation.knows('changed');
          throw operation.failure('the node is back as it was, in another boot: it was not wiped', {
            hint: 'its kernel log may say why; it can be reset again',
          });
        }
        this.#checkSigns(seen);
      } else if (seen !== undefined || (this.#problem !== undefined && this.#began)) {
        const found = await find();
        if (found !== undefined) {
          operation.knows('changed');
          return found;
        }
      }
      await operation.sleep(TURN_MS);
    }
  }

  /** Ends the subscription. */
  stop(): void {
    this.#watch.stop();
  }

  /** Notes how the node is, and gives whether it is in another boot. */
  #sees(seen: Look): boolean {
    this.#checkIdentity(seen);
    if (!this.#isRebooted(seen)) return false;
    this.#operation.knows('changed');
    this.#watch.signs.rebooted();
    return true;
  }

  /** Whether the next boot has begun, or the node was gone in between where no boot can be told. */
  #isRebooted({ boot, stage }: Look): boolean {
    const { boot: before } = this.#before as Look;
    if (isBlank(before)) {
      const wasGone = this.#wasGone || this.#watch.lostWhileLeaving;
      return wasGone && !endings.has(stage);
    }
    return isSameBoot(before, boot) === false;
  }

  /** Fails with what the events say, and looks at the node when there is a reason to. */
  async #turn(): Promise<Look | undefined> {
    this.#throwIfEnded();
    const operation = this.#operation;
    const { signs } = this.#watch;
    if (signs.refusal !== undefined) {
      operation.knows(this.#action.withoutSign ?? 'unchanged');
      throw operation.failure(`the node refused: ${signs.refusal}`, {
        hint: 'it is doing something else, such as booting or upgrading; try again when it is done',
      });
    }
    if (this.#lost !== undefined && this.#began) operation.knows('changed');
    if (signs.failure !== undefined) {
      operation.knows('changed');
      const where = operation.lastPhase;
      throw operation.failure(
        `${signs.failure}${where === undefined ? '' : `; the node was last at ${where}`}`,
        { hint: 'the kernel log of the node says more; services may be stopped until it boots' },
      );
    }
    const seen = this.#mayLook() ? await this.#look() : undefined;
    // While nothing says that the node is about to go, it may be an endpoint that has gone.
    const isGone = this.#watch.lostWhileLeaving || (this.#problem !== undefined && this.#began);
    if (isGone && operation.step === 'stop') operation.begin('boot');
    const what = operation.step === 'boot' ? 'the node to answer' : 'the node to go down';
    operation.waits(what, this.#problem);
    return seen;
  }

  #mayLook(): boolean {
    const now = this.#operation.clock.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return false;
    const { signs, connected, silent, rebooted } = this.#watch;
    if (signs.leaving || rebooted || silent || !connected || this.#lost !== undefined) return true;
    return !this.#began && now - this.#sentAt >= (this.#action.signMs ?? SIGN_MS);
  }

  async #look(): Promise<Look | undefined> {
    const operation = this.#operation;
    this.#lookedAt = operation.clock.now();
    try {
      const seen = await lookAfresh(operation, this.#node);
      this.#unanswered = 0;
      this.#problem = undefined;
      return seen;
    } catch (error) {
      operation.signal.throwIfAborted();
      this.#unanswered += 1;
      if (this.#watch.signs.leaving) this.#wasGone = true;
      this.#problem = error;
      return undefined;
    }
  }

  #checkIdentity(seen: Look): void {
    const { nodeId } = this.#before as Look;
    if (nodeId === undefined || seen.nodeId === undefined || seen.nodeId === nodeId) return;
    throw this.#operation.failure('another node answers at this address now', {
      hint: 'it may be a virtual IP: pass an address of the node itself',
    });
  }

  /** Whether the node goes on as before, long after it should have begun. */
  #isWithoutSign({ stage }: Look): boolean {
    if (endings.has(stage)) this.#endsByStage = true;
    const { signMs = SIGN_MS } = this.#action;
    return !this.#began && this.#operation.clock.now() - this.#sentAt >= signMs;
  }

  /** Gives up when the node goes on as before. */
  #checkSigns(seen: Look): void {
    if (!this.#isWithoutSign(seen)) return;
    const { stage } = seen;
    const operation = this.#operation;
    const { signMs = SIGN_MS, withoutSign = 'unchanged' } = this.#action;
    const where = `after ${signMs / 1000} s it is in the same boot, and ${stage}`;
    if (this.#lost === undefined) {
      operation.knows('unknown');
      throw operation.failure(`the node acknowledged, but ${where}`);
    }
    // Without all its events nobody knows whether it began and broke off.
    operation.knows(this.#watch.complete ? withoutSign : 'unknown');
    throw operation.failure(`the reply of the node was lost, and ${where}`, { cause: this.#lost });
  }

  /** Whether the node began what it was asked for. */
  get #began(): boolean {
    return this.#watch.signs.started || this.#endsByStage;
  }

  /** The client was closed, or the caller's listener threw. */
  #throwIfEnded(): void {
    const { error } = this.#watch;
    if (error === undefined) return;
    if (!isTalosError(error) || error.code === 'closed') throw error;
  }
}
