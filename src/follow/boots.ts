import type { Connection } from '../reconnect/index.js';
import type { Rebooted } from './items.js';

/** The boots of a node, from one connection to the next. */
export class Boots {
  #current: string | undefined;

  /** The id of the boot that the node was last seen in. */
  get current(): string | undefined {
    return this.#current;
  }

  /**
   * Asks the node, and gives the reboot if it is in another boot than before. What is read between
   * two calls that give nothing is of the current boot.
   */
  async change(connection: Connection): Promise<Rebooted | undefined> {
    const before = this.#current;
    const bootId = await connection.bootId();
    this.#current = bootId ?? before;
    if (before === undefined || bootId === undefined || before === bootId) return undefined;
    return { type: 'rebooted', before, bootId };
  }
}
