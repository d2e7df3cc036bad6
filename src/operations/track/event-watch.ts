import { followEvents } from '../../follow/follow-events.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import type { TrackedAction } from './action.js';
import { SequenceSigns } from './sequence-signs.js';

/** How long the stream may be silent before the node is asked whether it is still in the same boot. */
const SILENCE_MS = 15_000;

/** Waits between connections are short: a node that boots is back within a minute. */
const RECONNECT = { firstMs: 1_000, maxMs: 5_000, silenceMs: SILENCE_MS };

/**
 * The events of a node from before an action is sent until it is tracked no more, over all
 * connections. Older events are left out, and each comes once.
 */
export class EventWatch<Step extends string> {
  readonly signs: SequenceSigns;
  readonly #operation: Operation<Step>;
  readonly #stream: ReturnType<typeof followEvents>;
  #connected = false;
  #complete = true;
  #rebooted = false;
  #lostWhileLeaving = false;
  #lastAt: number;
  #error: unknown;

  constructor(operation: Operation<Step>, node: Target, { sequences, since }: TrackedAction) {
    const { parts, signal } = operation;
    this.#operation = operation;
    this.#lastAt = operation.clock.now();
    this.signs = new SequenceSigns(sequences, (place) =>
      operation.tell({ type: 'phase', ...place }),
    );
    this.#stream = followEvents(node, { tailId: since }, { signal, reconnect: RECONNECT }, parts);
  }

  /** Whether the subscription holds. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Whether no event was missed so far. */
  get complete(): boolean {
    return this.#complete && this.#connected;
  }

  /** Whether the stream found the node in another boot. */
  get rebooted(): boolean {
    return this.#rebooted;
  }

  /** Whether the stream was lost when the node was about to go down. */
  get lostWhileLeaving(): boolean {
    return this.#lostWhileLeaving;
  }

  /** Whether nothing has come for so long that the stream may be dead. */
  get silent(): boolean {
    return this.#operation.clock.now() - this.#lastAt >= SILENCE_MS;
  }

  /** What ended the stream for good. */
  get error(): unknown {
    return this.#error;
  }

  /**
   * Subscribes, and resolves when the subscription holds. Then goes on reading until `stop`.
   *
   * @throws what keeps the node from telling its events
   */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: unknown): void => {
        this.#connected = false;
        this.#error = error;
        reject(error);
      };
      this.#read(resolve).then(() => end(undefined), end);
    });
  }

  async #read(onConnected: () => void): Promise<void> {
    for await (const item of this.#stream) {
      this.#lastAt = this.#operation.clock.now();
      switch (item.type) {
        case 'connected':
          this.#connected = true;
          onConnected();
          break;
        case 'disconnected':
          this.#connected = false;
          this.#lostWhileLeaving ||= this.signs.leaving;
          break;
        case 'rebooted':
          this.#rebooted = true;
          this.#complete = false;
          this.signs.rebooted();
          break;
        case 'gap':
          this.#complete = false;
          break;
        case 'event':
          this.signs.note(item.event);
      }
    }
  }

  /** Ends the stream. */
  stop(): void {
    this.#stream.cancel();
  }
}
