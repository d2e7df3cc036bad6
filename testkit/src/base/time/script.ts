import type { Machine } from '../machine.js';
import type { Clock, Timer } from './clock.js';

/**
 * What a script waits for: so many milliseconds, until something about the node holds, or the end of
 * other scripts, which run side by side.
 */
export type Wait = number | (() => boolean) | readonly Script[];

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
  #beside: readonly Play[] = [];
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
    for (const play of this.#beside) play.cancel();
  }

  /** Goes on with the script, which gets the problem of a script that ran beside others. */
  #step(problem?: unknown): void {
    let resume = () => (problem === undefined ? this.#script.next() : this.#script.throw(problem));
    while (!this.#ended) {
      let result: IteratorResult<Wait, void>;
      try {
        result = resume();
      } catch (thrown) {
        this.#end(thrown);
        return;
      }
      resume = () => this.#script.next();
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
      if (typeof wait !== 'function') {
        if (wait.length === 0) continue;
        if (!this.#ended) this.#runBeside(wait);
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

  /** Runs scripts until all have ended, or one has a problem, which ends the others. */
  #runBeside(scripts: readonly Script[]): void {
    let open = scripts.length;
    const plays = scripts.map(
      (script) =>
        new Play(this.#stage, script, (problem) => {
          open -= 1;
          if (problem !== undefined) for (const play of plays) play.cancel();
          if (open === 0 || problem !== undefined) this.#step(problem);
        }),
    );
    this.#beside = plays;
    for (const play of plays) play.begin();
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
