import type { FlowParts } from '../../../src/fleet/engine/parts.js';
import type { Flow } from '../../../src/fleet/flow.js';
import type { Host, Life, ProcessFacts } from '../../../src/fleet/journal/host.js';
import { type JournalOptions, openJournal } from '../../../src/fleet/journal/index.js';
import type { JournalRunner } from '../../../src/fleet/journal/runner.js';
import type { Json } from '../../../src/fleet/json.js';
import { MemoryDisk } from './memory-disk.js';
import { turnedParts } from './turned-parts.js';

/** The folder of all journals in memory. */
export const DIRECTORY = '/fleet';

/** A process that works with a journal in memory. */
export interface Worker {
  readonly facts: ProcessFacts;
  /** Opens the journal. */
  open(flows: readonly Flow<never, Json>[], more?: Partial<JournalOptions>): Promise<JournalRunner>;
  /** It dies: nothing of it reaches the disk any more. */
  kill(): void;
}

/** One machine, its disk, and the processes on it. */
export class JournalWorld {
  readonly disk: MemoryDisk;
  readonly parts: ReturnType<typeof turnedParts>;
  readonly #alive = new Set<number>();
  #pids = 100;

  constructor(disk = new MemoryDisk(), parts = turnedParts()) {
    this.disk = disk;
    this.parts = parts;
  }

  /** A new process; `facts` may put it on another machine or in another container. */
  worker(facts: Partial<ProcessFacts> = {}, flow: FlowParts = this.parts): Worker {
    this.#pids += 1;
    const own: ProcessFacts = {
      pid: this.#pids,
      host: 'here',
      startTime: `${this.#pids}00`,
      bootId: 'boot-1',
      pidNamespace: 'pid:[1]',
      ...facts,
    };
    this.#alive.add(own.pid);
    const { disk, kill } = this.disk.process();
    const parts = { disk, host: this.#hostOf(own), flow };
    return {
      facts: own,
      open: async (flows, more = {}) => {
        const options = { directory: DIRECTORY, flows: flows as readonly Flow[], ...more };
        return this.parts.turnUntil(openJournal(options, parts));
      },
      kill: () => {
        kill();
        this.#alive.delete(own.pid);
      },
    };
  }

  /**
   * A process that can be paused: it does nothing then, and neither do its timers. They are late when it
   * wakes up; without `timers`, so late that they do not come in the test.
   */
  pausable(
    facts: Partial<ProcessFacts> = {},
  ): Worker & { pause(): void; wake(timers?: boolean): void } {
    let asleep: (() => void)[] | undefined;
    const unlessAsleep = (run: () => void): void => {
      if (asleep === undefined) run();
      else asleep.push(run);
    };
    const { clock } = this.parts;
    const own: FlowParts = {
      wallMs: this.parts.wallMs,
      clock: {
        now: () => clock.now(),
        start: (ms, run, argument) =>
          clock.start(ms, () => unlessAsleep(() => run(argument)), undefined),
        stop: (timer) => clock.stop(timer),
      },
    };
    return {
      ...this.worker(facts, own),
      pause: () => {
        asleep ??= [];
      },
      wake: (timers = true) => {
        const late = asleep ?? [];
        asleep = undefined;
        if (timers) for (const run of late) run();
      },
    };
  }

  /** Opens the journal in a process of its own. */
  open(flows: readonly Flow<never, Json>[]): Promise<JournalRunner> {
    return this.worker().open(flows);
  }

  #hostOf(own: ProcessFacts): Host {
    return {
      facts: async () => own,
      lifeOf: async (other): Promise<Life> => {
        if (other.bootId !== own.bootId || other.pidNamespace !== own.pidNamespace)
          return 'unknown';
        return this.#alive.has(other.pid) ? 'lives' : 'dead';
      },
    };
  }
}

/** The files of a run, oldest first. */
export function segments(disk: MemoryDisk, run: string): readonly string[] {
  return disk.named('journal-').filter((path) => path.startsWith(`${DIRECTORY}/runs/${run}/`));
}
