import type { Connection } from './outlive.js';

/** The node was rebooted: everything that follows is of the new boot. */
export interface Rebooted {
  readonly type: 'rebooted';
  /** The id of the boot before, and of the one now. */
  readonly before: string;
  readonly bootId: string;
}

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
    return this.seen(await connection.bootId());
  }

  /** Takes the id that the node told, if it did, and gives the reboot if it is of another boot than before. */
  seen(bootId: string | undefined): Rebooted | undefined {
    const before = this.#current;
    this.#current = bootId ?? before;
    if (before === undefined || bootId === undefined || before === bootId) return undefined;
    return { type: 'rebooted', before, bootId };
  }
}
