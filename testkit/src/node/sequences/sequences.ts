import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { events } from '../../topics/events/events.js';
import type { EventInit } from '../../topics/events/payload.js';
import {
  mayTakeOver,
  type Phase,
  type Sequence,
  type SequenceName,
  type Task,
} from './sequence.js';

/** How a sequence is asked for. */
export interface RunOptions {
  /** The id that its events carry; empty for what nobody asked for. */
  readonly actorId?: string;
  /** Whether it ends whatever is running. */
  readonly takeover?: boolean;
  /** Called when it has ended as it should. */
  readonly onDone?: () => void;
  /** Called when it failed; not when another ended it. */
  readonly onFailed?: () => void;
}

interface Running {
  readonly name: SequenceName;
  readonly actorId: string;
  readonly play: Play;
}

/**
 * Runs the sequences of a node, one at a time, and tells each step as events. What may not run now
 * is refused with an event alone: whoever asked for it was told OK before.
 */
export class Sequences {
  readonly #machine: Machine;
  readonly #random: Random;
  #running: Running | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#random = machine.random.fork(`sequences/${machine.boots}`);
  }

  /** The sequence that runs now. */
  get running(): SequenceName | undefined {
    return this.#running?.name;
  }

  /** Runs a sequence, if it may. Returns whether it does. */
  run(sequence: Sequence, options: RunOptions = {}): boolean {
    const { actorId = '', takeover = false, onDone = nothing, onFailed = nothing } = options;
    const { name } = sequence;
    const before = this.#running;
    if (before !== undefined && !takeover && !mayTakeOver(name, before.name)) {
      // The refusal carries no actor id, which is why waiting for one's own events misses it.
      this.#emit(failure(name, 'LOCKED', 'sequence not started: locked'), '');
      return false;
    }
    if (before !== undefined) this.#cancel(before);
    const play = new Play(this.#machine, this.#script(sequence, actorId), (problem) => {
      this.#running = undefined;
      if (problem === undefined) {
        onDone();
        return;
      }
      const text = problem instanceof Error ? problem.message : String(problem);
      this.#emit(failure(name, 'FATAL', `sequence failed: ${text}`), actorId);
      onFailed();
    });
    this.#running = { name, actorId, play };
    if (sequence.stage !== undefined) this.#machine.setStage(sequence.stage);
    play.begin();
    return true;
  }

  #cancel({ name, actorId, play }: Running): void {
    play.cancel();
    this.#running = undefined;
    this.#emit(failure(name, 'CANCELED', 'sequence failed: context canceled'), actorId);
  }

  *#script({ name, phases }: Sequence, actorId: string): Script {
    const tell = (action: 'START' | 'STOP') =>
      this.#emit({ case: 'sequence', value: { sequence: name, action } }, actorId);
    tell('START');
    try {
      for (const phase of phases) yield* this.#phase(phase, actorId);
    } finally {
      tell('STOP');
    }
  }

  *#phase({ name, tasks, stage }: Phase, actorId: string): Script {
    const tell = (action: 'START' | 'STOP') =>
      this.#emit({ case: 'phase', value: { phase: name, action } }, actorId);
    tell('START');
    if (stage !== undefined) this.#machine.setStage(stage);
    try {
      yield tasks.map((task) => this.#task(task, actorId));
    } finally {
      tell('STOP');
    }
  }

  *#task({ name, run }: Task, actorId: string): Script {
    const tell = (action: 'START' | 'STOP') =>
      this.#emit({ case: 'task', value: { task: name, action } }, actorId);
    tell('START');
    try {
      yield paceOf('task', this.#random);
      const script = run?.(this.#machine);
      if (script !== undefined) yield* script;
    } finally {
      tell('STOP');
    }
  }

  #emit(payload: EventInit, actorId: string): void {
    // The power may have gone in the middle of a task.
    if (this.#machine.isOn) this.#machine.state(events).emit(payload, actorId);
  }

  /** Tells the command of a restart, in the name of what runs. */
  emitRestart(cmd: bigint): void {
    this.#emit({ case: 'restart', value: { cmd } }, this.#running?.actorId ?? '');
  }

  /** Ends with the boot. */
  stop(): void {
    this.#running?.play.cancel();
    this.#running = undefined;
  }
}

function nothing(): void {}

function failure(
  sequence: SequenceName,
  code: 'FATAL' | 'LOCKED' | 'CANCELED',
  message: string,
): EventInit {
  return { case: 'sequence', value: { sequence, action: 'NOOP', error: { code, message } } };
}

/** The sequences of a node. */
export const sequences = defineTopic({
  name: 'sequences',
  lifetime: 'boot',
  create: (machine: Machine) => new Sequences(machine),
});
