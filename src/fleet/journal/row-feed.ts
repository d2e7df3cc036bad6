import { onAbort } from '../../runtime/abort-listeners.js';
import { rowKey } from '../engine/row-key.js';
import type { ProgressRow } from '../runner.js';

/** Gives rows to all who read them. Of rows that a slow reader has not read, it gets the newest. */
export class RowFeed {
  readonly #readers = new Set<Reader>();
  #isOver = false;

  publish(row: ProgressRow): void {
    for (const reader of this.#readers) reader.add(row);
  }

  /** No more rows come. */
  end(): void {
    this.#isOver = true;
    for (const reader of this.#readers) reader.end();
  }

  /** First the rows that there are, then each that changes, until the end. */
  async *read(
    rows: Iterable<ProgressRow>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ProgressRow, void, undefined> {
    const reader = new Reader();
    for (const row of rows) reader.add(row);
    if (this.#isOver) reader.end();
    this.#readers.add(reader);
    const stopListening = signal && onAbort(signal, () => reader.wake());
    try {
      for (;;) {
        signal?.throwIfAborted();
        const row = reader.take();
        if (row !== undefined) yield row;
        else if (reader.isOver) return;
        else await reader.more();
      }
    } finally {
      stopListening?.();
      this.#readers.delete(reader);
    }
  }
}

class Reader {
  readonly #rows = new Map<string, ProgressRow>();
  #wake: () => void = () => {};
  isOver = false;

  add(row: ProgressRow): void {
    const key = rowKey(row);
    // At the end, so that rows come in the order in which they changed.
    this.#rows.delete(key);
    this.#rows.set(key, row);
    this.#wake();
  }

  end(): void {
    this.isOver = true;
    this.#wake();
  }

  wake(): void {
    this.#wake();
  }

  take(): ProgressRow | undefined {
    for (const [key, row] of this.#rows) {
      this.#rows.delete(key);
      return row;
    }
    return undefined;
  }

  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
