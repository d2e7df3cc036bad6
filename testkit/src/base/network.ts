import { until } from './time/until.js';

/**
 * Which nodes reach which, by address: the cables of the cluster. Nodes that are cut off keep running.
 */
export class Network {
  readonly #cut = new Set<string>();
  readonly #isolated = new Set<string>();
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Cuts every line between the two groups. */
  partition(one: Iterable<string>, other: Iterable<string>): void {
    const others = [...other];
    for (const a of one) for (const b of others) this.#cut.add(line(a, b));
    this.#changed();
  }

  /** Cuts a node off from the others and from clients. */
  isolate(name: string): void {
    this.#isolated.add(name);
    this.#changed();
  }

  /** Connects a node that was isolated. */
  connect(name: string): void {
    this.#isolated.delete(name);
    this.#changed();
  }

  /** Mends everything. */
  heal(): void {
    this.#cut.clear();
    this.#isolated.clear();
    this.#changed();
  }

  /** Whether clients reach a node. */
  isReachable(name: string): boolean {
    return !this.#isolated.has(name);
  }

  /** Whether one node reaches another. A node always reaches itself. */
  reaches(from: string, to: string): boolean {
    if (from === to) return true;
    return !this.#isolated.has(from) && !this.#isolated.has(to) && !this.#cut.has(line(from, to));
  }

  /** @internal Resolves when one node reaches another, or rejects with the reason of `signal`. */
  async untilReaches(from: string, to: string, signal: AbortSignal): Promise<void> {
    await until(
      () => this.reaches(from, to) || undefined,
      (again) => this.onChange(again),
      signal,
    );
  }
}

function line(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
