import type { Machine } from '../machine.js';
import type { Clock, Timer } from './clock.js';

/** What a script waits for: so many milliseconds, or until something about the node holds. */
export type Wait = number | (() => boolean);

/** Something that takes its time: a generator that yields what it waits for. */
export type Script<Result = void> = Generator<Wait, Result, void>;

/** Where a script runs: on the clock of a node, whose changes it sees. */
export interface Stage {
  readonly clock: Clock;
  readonly onChange: Machine['onChange'];
}

/**
 * A script that runs on a clock. It makes no promises: what is due at one time has happened when
 * the clock goes on, so that the past of a node can be played at once.
 *
 * Conditions are looked at whenever something about the node changes.
 */
export class Play {
  readonly #stage: Stage;
  readonly #script: Script;
  readonly #onEnd: (problem?: unknown) => void;
  #timer: Timer | undefined;
  #stopListening: (() => void) | undefined;
  #ended = false;

  /** `onEnd` gets what the script threw. */
  constructor(stage: Stage, script: Script, onEnd: (problem?: unknown) => void = rethrow) {
    this.#stage = stage;
    this.#script = script;
    this.#onEnd = onEnd;
  }

  /** Runs it up to the first thing it waits for. */
  begin(): void {
    this.#step();
  }

  /** Ends it where it is; `onEnd` is not called. Does nothing when it has ended. */
  cancel(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#stopListening?.();
  }

  #step(): void {
    while (!this.#ended) {
      let result: IteratorResult<Wait, void>;
      try {
        result = this.#script.next();
      } catch (problem) {
        this.#end(problem);
        return;
      }
      if (result.done === true) {
        this.#end();
        return;
      }
      const wait = result.value;
      if (typeof wait === 'number') {
        // What it did may have cancelled it.
        if (!this.#ended) this.#timer = this.#stage.clock.setTimer(wait, () => this.#step());
        return;
      }
      if (!this.#ended && !wait()) {
        this.#listen(wait);
        return;
      }
    }
  }

  #listen(holds: () => boolean): void {
    let waiting = true;
    const stop = this.#stage.onChange(() => {
      // A change within a change can come here twice.
      if (!waiting || this.#ended || !holds()) return;
      waiting = false;
      stop();
      this.#step();
    });
    this.#stopListening = stop;
  }

  #end(problem?: unknown): void {
    // A script that cancels itself and then ends has nobody to tell.
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(problem);
  }
}

function rethrow(problem?: unknown): void {
  if (problem !== undefined) throw problem;
}
