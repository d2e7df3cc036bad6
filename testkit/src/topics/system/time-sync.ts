import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';

/**
 * Whether the clock of a node agrees with its time servers. It does, unless a test says that none
 * answers. Notifies `time`.
 */
export class TimeSync {
  readonly #machine: Machine;
  #isSynced = true;
  #epoch = 1;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** How often the clock has jumped, counted from 1. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Loses the time servers, or finds them again. */
  setSynced(synced: boolean): void {
    if (synced === this.#isSynced) return;
    this.#isSynced = synced;
    if (synced) this.#epoch += 1;
    this.#machine.notify('time');
  }
}

/** Whether the clock of a node is right. */
export const timeSync = defineTopic({
  name: 'time-sync',
  lifetime: 'boot',
  create: (machine: Machine) => new TimeSync(machine),
});
