import type { Clock } from '../runtime/calls/clock.js';
import type { TalosStream } from '../runtime/stream.js';

/** When a stream counts as silent, and how to find out whether its node is still there. */
export interface SilenceProbe {
  readonly clock: Clock;
  readonly silenceMs: number;
  /**
   * Asks the node. Rejects when the stream is of no use any more: there is no answer, or one from
   * another boot.
   */
  ask(): Promise<void>;
}

/**
 * The replies of a stream. A stream that has been silent for too long while its reader waits fails
 * with what `probe` rejects with; if the node is alive, it is asked again after as much silence.
 */
export async function* readProbed<Reply>(
  stream: TalosStream<Reply>,
  probe: SilenceProbe,
): AsyncGenerator<Reply, void, undefined> {
  const watch = new SilenceWatch(stream, probe);
  try {
    for (;;) {
      const { done, value } = await watch.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    watch.stop();
    stream.cancel();
  }
}

class SilenceWatch<Reply> {
  readonly #stream: TalosStream<Reply>;
  readonly #probe: SilenceProbe;
  #timer: unknown;
  #waiting = false;
  /** When the reader began to wait. */
  #since = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(stream: TalosStream<Reply>, probe: SilenceProbe) {
    this.#stream = stream;
    this.#probe = probe;
    this.#arm(probe.silenceMs);
  }

  async next(): Promise<IteratorResult<Reply, undefined>> {
    this.#waiting = true;
    this.#since = this.#probe.clock.now();
    const result = await this.#stream.next();
    this.#waiting = false;
    if (this.#failure !== undefined) throw this.#failure.error;
    return result;
  }

  stop(): void {
    this.#stopped = true;
    this.#probe.clock.stop(this.#timer);
  }

  #arm(ms: number): void {
    // One timer for many replies: to set one for each would cost more than the reply.
    this.#timer = this.#probe.clock.start(ms, look, this as SilenceWatch<unknown>);
  }

  look(): void {
    const { clock, silenceMs } = this.#probe;
    const silentMs = this.#waiting ? clock.now() - this.#since : 0;
    if (silentMs < silenceMs) this.#arm(Math.max(1, silenceMs - silentMs));
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      await this.#probe.ask();
      if (this.#stopped) return;
      this.#since = this.#probe.clock.now();
      this.#arm(this.#probe.silenceMs);
    } catch (error) {
      if (this.#stopped) return;
      this.#failure = { error };
      // Ends the wait of the reader, who then finds the failure.
      this.#stream.cancel();
    }
  }
}

function look(watch: SilenceWatch<unknown>): void {
  watch.look();
}
