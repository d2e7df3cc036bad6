import type { RetryBudgetOptions } from '../retry-options.js';

/** What a repeat takes, and what a call without one gives back: in the long run one for ten. */
const REPEAT = 10;
const SUCCESS = 1;

/**
 * The repeats that a client may make, in all and for each node. Each takes one before its wait
 * begins. A call that succeeds gives back what it took; other successes fill the budget up slowly.
 * So those who call a cluster that is down soon load it with no more than their own calls.
 */
export class RetryBudget {
  readonly #client: number;
  readonly #node: number;
  #left: number;
  /** The nodes that have less than the whole left. */
  readonly #nodes = new Map<string, number>();

  constructor({ client = 500, node = 100 }: RetryBudgetOptions = {}) {
    this.#client = client * REPEAT;
    this.#node = node * REPEAT;
    this.#left = this.#client;
  }

  /** Takes a repeat of a call to `node`; false when there is none left. */
  take(node: string | undefined): boolean {
    const ofNode = node === undefined ? Infinity : (this.#nodes.get(node) ?? this.#node);
    if (this.#left < REPEAT || ofNode < REPEAT) return false;
    this.#left -= REPEAT;
    if (node !== undefined) this.#nodes.set(node, ofNode - REPEAT);
    return true;
  }

  /** A call to `node` succeeded, after `taken` repeats. */
  succeeded(node: string | undefined, taken: number): void {
    if (this.#left === this.#client && this.#nodes.size === 0) return;
    const given = taken * REPEAT || SUCCESS;
    this.#left = Math.min(this.#client, this.#left + given);
    const ofNode = node === undefined ? undefined : this.#nodes.get(node);
    if (ofNode === undefined) return;
    if (ofNode + given >= this.#node) this.#nodes.delete(node as string);
    else this.#nodes.set(node as string, ofNode + given);
  }
}
