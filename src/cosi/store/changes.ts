import { GeneratedStream } from '../../reconnect/index.js';
import { onAbort } from '../../runtime/abort-listeners.js';
import type { TalosStream } from '../../runtime/stream.js';
import type { WatchEvent } from '../watch/watch-event.js';
import type { Informer } from './informer.js';

/** The reader was too slow, and events were left out: look at the whole store again. */
export interface Missed {
  readonly type: 'missed';
}

/** What happens in a store. */
export type StoreEvent<Spec = unknown> = WatchEvent<Spec> | Missed;

/** How many events wait for a reader at most. */
const DEFAULT_LIMIT = 1024;

/** What an informer takes in from now on, also while nobody reads it yet. */
export function changesOf<Spec>(
  informer: Informer<Spec>,
  signals: readonly (AbortSignal | undefined)[],
  limit: number = DEFAULT_LIMIT,
): TalosStream<StoreEvent<Spec>> {
  const queue = new ChangeQueue<Spec>(limit);
  const stopListening = informer.listen(queue);
  if (informer.failure !== undefined) queue.failed(informer.failure.error);
  return new QueueStream(queue, stopListening, signals);
}

class QueueStream<Spec> extends GeneratedStream<StoreEvent<Spec>> {
  readonly #stopListening: () => void;

  constructor(
    queue: ChangeQueue<Spec>,
    stopListening: () => void,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    super('the changes of a store', signals, (signal) => queue.read(signal));
    this.#stopListening = stopListening;
  }

  protected override ended(): void {
    this.#stopListening();
  }
}

/** Events that nobody has read yet: so many, and then only that there were more. */
class ChangeQueue<Spec> {
  readonly #limit: number;
  #events: StoreEvent<Spec>[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  changed(batch: readonly StoreEvent<Spec>[]): void {
    // A whole listing may be longer than the queue; a reader who waits takes it at once.
    const waits = this.#wake !== undefined;
    // All of it will be found in the store.
    if (this.#events[0]?.type === 'missed') return;
    if (!waits && this.#events.length + batch.length > this.#limit) {
      this.#events = [{ type: 'missed' }];
    } else {
      this.#events.push(...batch);
    }
    this.#wake?.();
  }

  failed(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  async *read(signal: AbortSignal): AsyncGenerator<StoreEvent<Spec>, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      for (const event of events) yield event;
      if (this.#events.length > 0) continue;
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#more(signal);
    }
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = onAbort(signal, (reason) => {
        this.#wake = undefined;
        reject(reason);
      });
      this.#wake = () => {
        this.#wake = undefined;
        stop();
        resolve();
      };
    });
  }
}
