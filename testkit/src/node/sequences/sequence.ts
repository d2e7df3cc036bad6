import type { Machine, MachineStage } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';

/** The sequences of Talos, as their events name them. */
export type SequenceName =
  | 'initialize'
  | 'install'
  | 'boot'
  | 'reboot'
  | 'shutdown'
  | 'reset'
  | 'upgrade'
  | 'stageUpgrade'
  | 'maintenanceUpgrade'
  | 'emergencyVolumeCleanup';

/** One step of a phase. */
export interface Task {
  readonly name: string;
  /** What it does beside taking its time; a script when that takes longer. */
  readonly run?: (machine: Machine) => Script | undefined;
}

/** A part of a sequence: all its tasks end before the next phase begins. */
export interface Phase {
  readonly name: string;
  /** Its tasks, which run side by side. */
  readonly tasks: readonly Task[];
  /** The stage of the node from here on, if it changes here. */
  readonly stage?: MachineStage;
}

/** What a node does from one state to the next. */
export interface Sequence {
  readonly name: SequenceName;
  /** The stage of the node while it runs; absent when it stays what it was. */
  readonly stage?: MachineStage;
  readonly phases: readonly Phase[];
}

/** A phase from its name and its tasks; a task that just takes its time is its name. */
export function phase(name: string, ...tasks: readonly (string | Task)[]): Phase {
  return {
    name,
    tasks: tasks.map((task) => (typeof task === 'string' ? { name: task } : task)),
  };
}

/** The phase in which a node that does something else begins to reboot. */
export function rebooting(phase: Phase): Phase {
  return { ...phase, stage: 'REBOOTING' };
}

/** Thrown by a task to end its sequence with an error. */
export class SequenceFailure extends Error {
  override readonly name = 'SequenceFailure';
}

const takesOver: Readonly<Partial<Record<SequenceName, readonly SequenceName[]>>> = {
  reboot: ['initialize', 'boot', 'reboot', 'reset'],
  reset: ['boot'],
  upgrade: ['boot'],
  stageUpgrade: ['boot'],
  maintenanceUpgrade: ['initialize'],
};

/** Whether a sequence may end one that is running, to run in its place. */
export function mayTakeOver(next: SequenceName, running: SequenceName): boolean {
  return takesOver[next]?.includes(running) ?? false;
}
