import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';

/** Keys of META that the simulated node itself uses. */
export const metaKeys = {
  /** The installer image of an upgrade that the next boot is to make. */
  stagedUpgradeImage: 7,
  /** How that upgrade is to be made, as JSON. */
  stagedUpgradeOptions: 8,
} as const;

/** How many bytes the values take at most, each with its head. */
const CAPACITY = 262_144 - 48;
const HEAD = 8;

/**
 * The META partition of a node: a few values that survive everything but a wipe. Notifies `meta`.
 */
export class Meta {
  readonly #machine: Machine;
  readonly #values = new Map<number, string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The values, in the order of their keys. */
  entries(): readonly (readonly [key: number, value: string])[] {
    return [...this.#values].sort(([a], [b]) => a - b);
  }

  read(key: number): string | undefined {
    return this.#values.get(key);
  }

  /**
   * Writes a value, over the one that was there.
   *
   * @throws {ServerStatus} when it does not fit, or the key is out of range.
   */
  write(key: number, value: string): void {
    checkKey(key);
    const others = this.entries().filter(([other]) => other !== key);
    const size = [...others, [key, value] as const].reduce(
      (total, [, text]) => total + HEAD + Buffer.byteLength(text),
      0,
    );
    if (size > CAPACITY) throw new ServerStatus('resource-exhausted', 'meta write failed');
    this.#values.set(key, value);
    this.#machine.notify('meta');
  }

  /**
   * Deletes a value.
   *
   * @throws {ServerStatus} when there is none, or the key is out of range.
   */
  delete(key: number): void {
    checkKey(key);
    if (!this.#values.delete(key)) throw new ServerStatus('not-found', 'meta key not found');
    this.#machine.notify('meta');
  }

  /** Removes everything, as a wipe of the partition does. */
  wipe(): void {
    this.#values.clear();
    this.#machine.notify('meta');
  }
}

function checkKey(key: number): void {
  if (key <= 0xff) return;
  throw new ServerStatus('invalid-argument', 'key must be a uint8');
}

/** The META partition of a node. */
export const meta = defineTopic({
  name: 'meta',
  lifetime: 'always',
  create: (machine: Machine) => new Meta(machine),
});
