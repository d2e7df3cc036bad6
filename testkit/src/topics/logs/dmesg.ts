import { checkOptions, oneOf, type Shape } from 'talos-client/options';
import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';
import { events, type RuntimeEvent } from '../events/events.js';
import { eventMessages } from './event-messages.js';
import type { KernelRecord } from './kernel-record.js';
import { kernelRecords } from './kernel-records.js';
import { Ring } from './ring.js';
import { rfc3339Nano } from './timestamps.js';

const writeShape: Shape<Pick<KernelRecord, 'facility' | 'priority'>> = {
  facility: oneOf('kern', 'user', 'daemon'),
  priority: oneOf('emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'),
};

/** How many records are kept. */
const CAPACITY = 4_096;

/**
 * The kernel's log of a node: what the kernel says at its boot, and what Talos tells of itself.
 *
 * @example
 * ```ts
 * machine.state(dmesg).write('EXT4-fs error (device sdb1)', { priority: 'err' });
 * ```
 */
export class Dmesg {
  readonly #machine: Machine;
  readonly #ring = new Ring<KernelRecord>(CAPACITY);
  readonly #listeners = new Set<(record: KernelRecord) => void>();

  constructor(machine: Machine) {
    this.#machine = machine;
    for (const record of kernelRecords(machine)) this.#push(record);
    const state = machine.state(events);
    for (const event of state.kept) this.#note(event);
    state.onEvent((event) => this.#note(event));
  }

  /** What is kept, oldest first. */
  get records(): readonly KernelRecord[] {
    return this.#ring.items;
  }

  /** Adds a record with the time of the node. */
  write(text: string, options: Partial<Pick<KernelRecord, 'facility' | 'priority'>> = {}): void {
    checkOptions(options, writeShape, 'write');
    const { facility = 'kern', priority = 'info' } = options;
    this.#push({ facility, priority, at: this.#machine.clock.now(), text: `${text}\n` });
  }

  /** The records that are there, unless only new ones are asked for, and those that come. */
  follow(onlyNew: boolean, signal: AbortSignal): AsyncIterable<KernelRecord> {
    return this.#ring.follow(onlyNew ? 'newest' : 'oldest', [signal, this.#machine.closingSignal]);
  }

  /** Calls `listener` with each record from now on. */
  onRecord(listener: (record: KernelRecord) => void): void {
    this.#listeners.add(listener);
  }

  #note(event: RuntimeEvent): void {
    for (const text of eventMessages(event)) {
      this.#push({ facility: 'user', priority: 'warning', at: event.at, text: `${text}\n` });
    }
  }

  #push(record: KernelRecord): void {
    this.#ring.push(record);
    for (const listener of this.#listeners) listener(record);
  }
}

/** A record as Talos sends it: the priority is seven wide. */
export function formatRecord({ facility, priority, at, text }: KernelRecord): string {
  return `${facility}: ${priority.padStart(7)}: [${rfc3339Nano(at)}]: ${text}`;
}

/** The kernel's log of a node. */
export const dmesg = defineTopic({
  name: 'dmesg',
  lifetime: 'boot',
  create: (machine: Machine) => new Dmesg(machine),
});
