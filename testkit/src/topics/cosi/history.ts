import type { Resource } from './resource.js';

/** What happened to one resource. */
export interface Change {
  readonly type: 'created' | 'updated' | 'destroyed';
  /** The state after it; the last one for `destroyed`. */
  readonly resource: Resource;
  /** The state before it, for `updated`. */
  readonly old?: Resource | undefined;
  /** Counts the changes of a namespace and type, from 0. */
  readonly position: number;
}

const FIRST_CAPACITY = 8;

/** How many changes of a namespace and type are kept at most. */
export const HISTORY_CAPACITY = 1024;

/** How far the readable part stays away from what is overwritten next. */
const GAP = 4;

/**
 * The last changes of the resources of one namespace and type. It starts small and doubles when it
 * is full, up to `HISTORY_CAPACITY`; after that new changes push old ones out.
 */
export class History {
  #changes: Change[] = [];
  #capacity = FIRST_CAPACITY;
  #end = 0;
  readonly #waiting = new Set<() => void>();

  /** The position that the next change will have. */
  get end(): number {
    return this.#end;
  }

  /** How many changes it holds before it grows or forgets. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The oldest position that a watch may name; below 0 while everything is still there. */
  get oldest(): number {
    return this.#end - this.#capacity + GAP;
  }

  /** Whether a reader that has come to `position` has missed changes for good. */
  hasLost(position: number): boolean {
    return this.#end - position > this.#capacity;
  }

  add(change: Omit<Change, 'position'>): void {
    // Growing later would change the places of what is in the ring already.
    if (this.#end === this.#capacity && this.#capacity < HISTORY_CAPACITY) this.#capacity *= 2;
    this.#changes[this.#end % this.#capacity] = { ...change, position: this.#end };
    this.#end += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** The change at a position that is not lost. */
  at(position: number): Change {
    return this.#changes[position % this.#capacity] as Change;
  }

  /** The changes from `position` to the end. */
  from(position: number): Change[] {
    return Array.from({ length: this.#end - position }, (_, index) => this.at(position + index));
  }

  /** Waits for a change at `position`. Gives false when `signal` is aborted first. */
  reaches(position: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false);
      if (position < this.#end) return resolve(true);
      const wake = () => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      const onAbort = () => {
        this.#waiting.delete(wake);
        resolve(false);
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
